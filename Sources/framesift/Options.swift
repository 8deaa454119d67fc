import ArgumentParser
import Batches
import Endpoints
import Foundation
import FrameSampling
import KnownContent
import Moderation
import NIOCore
import ObjectStorage
import OnDevice
import Pipeline
import Server
import Store
import Wire

/// How to sample a file; for every command that does.
struct SamplingArguments: ParsableArguments {
    /// Seconds between samples.
    static let intervals = 0.001...86_400.0

    @Option(help: "Seconds between samples, 0.001 to 86400.")
    var frameInterval = 1.0

    @Flag(
        help: "Take the keyframe at or before each position: much cheaper, but pictures between keyframes are not seen."
    )
    var keyframes = false

    @Option(help: "Begin this many seconds after the first picture.")
    var start = 0.0

    @Option(help: "Sample this many seconds.")
    var duration: Double?

    @Option(help: "Sample at most this many positions.")
    var maxFrames: Int?

    @Option(help: "Seconds to wait for the input to open, and for each read.")
    var deadline = 15.0

    func validate() throws {
        try checkSeconds(frameInterval, within: Self.intervals, "--frame-interval")
        try checkSeconds(start, within: 0...31_536_000, "--start")
        if let duration { try checkSeconds(duration, within: 0.001...31_536_000, "--duration") }
        try checkSeconds(deadline, within: 0.1...3_600, "--deadline")
        if let maxFrames, maxFrames < 1 { throw ValidationError("--max-frames has to be a whole number above 0.") }
    }

    var options: SamplingOptions {
        var options = SamplingOptions()
        options.interval = .seconds(frameInterval)
        options.mode = keyframes ? .keyframes : .exact
        options.start = .seconds(start)
        options.duration = duration.map { .seconds($0) }
        options.maxFrames = maxFrames
        options.openDeadline = .seconds(deadline)
        options.readDeadline = .seconds(deadline)
        options.userAgent = Framesift.userAgent
        return options
    }
}

/// Documented exit codes.
extension ExitCode {
    static let rejected = ExitCode(1)
    static let undetermined = ExitCode(2)
    static let usage = ExitCode(64)
    static let badInput = ExitCode(65)
    static let judgeUnavailable = ExitCode(69)
    static let ioError = ExitCode(74)
    static let credentials = ExitCode(77)
    static let interrupted = ExitCode(130)
}

/// A problem of a command itself.
struct CommandError: Error, CustomStringConvertible {
    let code: ExitCode
    let description: String

    init(_ code: ExitCode, _ description: String) {
        self.code = code
        self.description = description
    }
}

/// Prints an error and returns the exit code that goes with it. Errors without a code are returned unchanged.
func explain(_ error: any Error) -> any Error {
    let code: ExitCode
    switch error {
    case is FrameSamplingError: code = .badInput
    case let error as OnDeviceError: code = error.exitCode
    case let error as ObjectStorageError: code = error.exitCode
    case let stop as JudgeStop: code = stop.exitCode
    case is CallProblem: code = .judgeUnavailable
    case is NativeCheck.Refusal: code = .badInput
    case is CheckRefusal: code = .usage
    case is LabelledFiles.Problem: code = .badInput
    case is TaskError, is PolicyFile.Problem, is KeyFile.Problem, is ServerStartError, is KnownContentError:
        code = .usage
    case is LineReader.Problem: code = .badInput
    case let problem as JobControl.Problem: code = problem.exitCode
    case is StoreError, is StoreProblem, is SampleExport.WriteError, is BatchFolder.WriteError: code = .ioError
    case let error as IOError:
        printError("framesift: listening failed: \(error)")
        return ExitCode.ioError
    case let error as CommandError: code = error.code
    default: return error
    }
    printError("framesift: \(error)")
    return code
}

extension PolicyFile {
    /// Reads a policy from a file; without a path, returns the default one.
    static func read(_ path: String?) throws -> Policy {
        try path.map { try PolicyFile(path: $0, vocabulary: .ofServices).policy } ?? Policy()
    }
}

extension JudgeStop {
    /// The exit code of a run that the judge ended.
    var exitCode: ExitCode { BatchEnding(kind).exitCode }
}

extension BatchEnding {
    /// The exit code that says so. The worse the ending, the higher the code.
    var exitCode: ExitCode {
        switch self {
        case .finished: .success
        case .rejected: .rejected
        case .undetermined: .undetermined
        case .inputFailed: .badInput
        case .judgeUnavailable: .judgeUnavailable
        case .notWritten: .ioError
        case .credentials: .credentials
        case .interrupted: .interrupted
        }
    }
}

extension JobControl.Problem {
    fileprivate var exitCode: ExitCode {
        if case .stillRunning = self { .judgeUnavailable } else { .usage }
    }
}

extension OnDeviceError {
    fileprivate var exitCode: ExitCode {
        switch code {
        case .packName: .usage
        case .notWritten: .ioError
        case .notInstalled, .badManifest, .wrongChecksum, .inference: .judgeUnavailable
        }
    }
}

extension Store {
    /// The store in the standard folder.
    static func standard() throws(StoreError) -> Store {
        try Store(folder: standardFolder(environment: ProcessInfo.processInfo.environment))
    }
}

extension Installation {
    /// The installation that this program belongs to.
    static var here: Installation {
        find(environment: ProcessInfo.processInfo.environment, program: "/proc/self/exe")
    }
}

/// Checks the value of an option in seconds.
/// - Throws: `ValidationError` if it is out of range.
func checkSeconds(_ value: Double, within range: ClosedRange<Double>, _ name: String) throws {
    guard range.contains(value) else {
        throw ValidationError("\(name) has to be a number of seconds from \(range.lowerBound) to \(range.upperBound).")
    }
}

/// Checks the value of an option, if there is one.
/// - Throws: `ValidationError` if it is out of range.
func checkNumber(_ value: Int?, within range: ClosedRange<Int>, _ name: String) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError("\(name) has to be a whole number from \(range.lowerBound) to \(range.upperBound).")
}

/// Checks requests per second, if there is a limit.
/// - Throws: `ValidationError` if it is not above 0.
func checkRate(_ rate: Double?) throws {
    if let rate, !(rate > 0) { throw ValidationError("--rate has to be above 0.") }
}

/// Prints a judge's warnings before it judges.
func printWarnings(of judge: JudgeIdentity) {
    for warning in judge.warnings { printError("framesift: \(warning)") }
}

func printError(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }
