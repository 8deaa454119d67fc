import Foundation

/// A program that was run to its end.
public struct Finished: Sendable {
    public let status: Int32
    public let output: Data
    public let errors: String
    public var text: String { String(decoding: output, as: UTF8.self) }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    /// Throws what the program said unless it ended so. For what several tests share, which is no single test's to
    /// `#require`.
    @discardableResult
    public func ending(with expected: Int32 = 0) throws -> Finished {
        guard status == expected else { throw Failure(description: "status \(status): \(errors)") }
        return self
    }
}

/// Runs a program found in PATH, or by path, and waits for it.
/// - Parameter input: Its standard input; `nil` for none.
public func run(
    _ program: String, _ arguments: [String], input: FileHandle? = nil, environment: [String: String] = [:],
    folder: URL? = nil
) throws -> Finished {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: program.contains("/") ? program : "/usr/bin/env")
    process.arguments = program.contains("/") ? arguments : [program] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = folder
    process.standardInput = input ?? FileHandle.nullDevice
    let errorFile = try TemporaryFolder().url.appendingPathComponent("errors")
    try Data().write(to: errorFile)
    let output = Pipe()
    process.standardOutput = output
    process.standardError = try FileHandle(forWritingTo: errorFile)
    try process.run()
    let data = try output.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let errors = (try? Data(contentsOf: errorFile)) ?? Data()
    try? FileManager.default.removeItem(at: errorFile.deletingLastPathComponent())
    return Finished(status: process.terminationStatus, output: data, errors: String(decoding: errors, as: UTF8.self))
}

/// Runs what blocks on a thread of its own.
public func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        Thread.detachNewThread { continuation.resume(with: Swift.Result(catching: body)) }
    }
}

/// A new empty folder.
public struct TemporaryFolder: Sendable {
    public let url: URL

    /// - Parameter folder: Where it lies.
    public init(in folder: URL = FileManager.default.temporaryDirectory) throws {
        url = folder.appendingPathComponent("framesift-test-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    /// Of what lies in it.
    public func names() throws -> Set<String> { try FileManager.default.names(in: url) }

    public func remove() { try? FileManager.default.removeItem(at: url) }
}

extension FileManager {
    /// Of what lies in a folder.
    public func names(in folder: URL) throws -> Set<String> { Set(try contentsOfDirectory(atPath: folder.path)) }
}
