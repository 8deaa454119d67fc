import Base
import CPrograms
import Foundation
import Runtime
import Synchronization

/// How a program of an action ended.
public struct ProgramEnd: Codable, Hashable, Sendable {
    /// Why it counts as failed, as a phrase; `nil` if it ended with code 0.
    public var problem: String?
    /// Whether it was ended at its deadline.
    public var wasEnded = false
    /// The beginning of what it wrote, at most 4 KiB. May hold secrets.
    public var output = ""
}

/// Runs programs.
public protocol ProgramHost: Sendable {
    /// Runs the program of an action to its end.
    /// - Parameters:
    ///   - action: Which one, by the name of its kind.
    ///   - file: The action.
    ///   - event: What it reads.
    /// - Returns: How it ended. A cancelled task ends it within a second.
    func run(_ action: String, _ file: ActionFile, event: Data) async -> ProgramEnd
}

/// Runs programs as children of this process.
public struct LocalPrograms: ProgramHost {
    /// The most programs at once.
    static let limit = 16
    private static let maxOutput = 4096
    private let threads = BlockingThreads(count: Self.limit, name: "framesift action")

    /// Starts the threads that wait for programs.
    public init() {}

    /// As the protocol says.
    public func run(_ action: String, _ file: ActionFile, event: Data) async -> ProgramEnd {
        guard case .program(let arguments) = file.work else { return ProgramEnd(problem: "it is no program") }
        guard let stop = StopPipe() else { return ProgramEnd(problem: Self.couldNotStart(EMFILE)) }
        let environment = Self.environment(with: file.environment, of: ProcessInfo.processInfo.environment)
        return await withTaskCancellationHandler {
            await threads.run {
                Self.run(arguments, environment, event, deadline: file.deadline, stop: stop)
            }
        } onCancel: {
            stop.stop()
        }
    }

    private static func couldNotStart(_ error: Int32) -> String {
        "the program could not be started: \(String(cString: strerror(error)))"
    }

    /// What a program gets of this process's environment: where programs and files are, and what the action names.
    private static func environment(with names: [String], of all: [String: String]) -> [String] {
        let passed = ["PATH", "HOME", "LANG", "TZ", "TMPDIR"] + names
        return Set(passed).compactMap { name in all[name].map { "\(name)=\($0)" } }
    }

    private static func run(
        _ arguments: [String], _ environment: [String], _ event: Data, deadline: Duration, stop: StopPipe
    ) -> ProgramEnd {
        var output = [CChar](repeating: 0, count: maxOutput)
        var end = cpr_end()
        let milliseconds = Int32(clamping: deadline.wholeMilliseconds)
        let error = withCStrings(arguments) { argv in
            withCStrings(environment) { envp in
                event.withUnsafeBytes { bytes in
                    cpr_run(
                        argv, envp, bytes.baseAddress, bytes.count, milliseconds, stop.descriptor, &output,
                        maxOutput, &end)
                }
            }
        }
        guard error == 0 else { return ProgramEnd(problem: couldNotStart(-error)) }
        let kept = output.prefix(end.length).map { UInt8(bitPattern: $0) }
        var result = ProgramEnd(wasEnded: end.was_ended, output: String(decoding: kept, as: UTF8.self))
        if end.was_ended {
            result.problem = String(format: "the program was ended after %g s", deadline.inSeconds)
        } else if end.code != 0 {
            result.problem = "the program ended with code \(end.code)"
        }
        return result
    }
}

/// Calls `body` with texts as C has them, ending in a null pointer.
func withCStrings<Result>(
    _ texts: [String], _ body: (UnsafePointer<UnsafeMutablePointer<CChar>?>) -> Result
) -> Result {
    let copies = texts.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return copies.withUnsafeBufferPointer { buffer in
        // It has at least the null pointer.
        body(buffer.baseAddress.unsafelyUnwrapped)
    }
}

/// A descriptor that can be read once something is to be stopped.
final class StopPipe: Sendable {
    /// What is waited for.
    let descriptor: Int32
    private let other: Mutex<Int32?>

    /// - Returns: `nil` if there are no descriptors left.
    init?() {
        var ends: [Int32] = [0, 0]
        guard pipe(&ends) == 0 else { return nil }
        // Programs that are started get no descriptor beyond their three.
        for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
        descriptor = ends[0]
        other = Mutex(ends[1])
    }

    deinit {
        stop()
        close(descriptor)
    }

    func stop() {
        other.withLock { end in
            if let end { close(end) }
            end = nil
        }
    }
}
