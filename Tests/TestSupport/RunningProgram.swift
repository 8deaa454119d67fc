import Foundation

/// A program that runs until it is stopped.
///
/// `@unchecked Sendable`: what it prints is read by one caller at a time.
public final class RunningProgram: @unchecked Sendable {
    /// The line that told that it is ready.
    public let announcement: String
    /// The lines before it.
    public let preamble: [String]
    private let process = Process()
    private let input = Pipe(), output = Pipe()

    /// Where a program tells that it is ready.
    public enum Channel { case output, errors }

    public struct NeverReady: Error, CustomStringConvertible {
        public let description: String
    }

    /// Returns once a line that holds the text is there, or any line. Throws `NeverReady` where the program ends without one.
    /// - Parameters:
    ///   - command: A program found in PATH, or by path, and its arguments.
    ///   - channel: The other one is dropped.
    public init(
        _ command: [String], environment: [String: String] = [:], announcing text: String? = nil,
        on channel: Channel = .output
    ) throws {
        process.executableURL = URL(filePath: "/usr/bin/env")
        process.arguments = command
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = input
        process.standardOutput = channel == .output ? output : FileHandle.nullDevice
        process.standardError = channel == .errors ? output : FileHandle.nullDevice
        try process.run()
        var line = try Self.line(of: output)
        var before: [String] = []
        while let text, let said = line, !said.contains(text) {
            before.append(said)
            line = try Self.line(of: output)
        }
        guard let line else { throw NeverReady(description: "\(command): ended before it was ready") }
        (announcement, preamble) = (line, before)
    }

    /// Of the program itself, whatever it was started through.
    public var processIdentifier: Int32 { process.processIdentifier }

    /// `nil` at the end.
    private static func line(of output: Pipe) throws -> String? {
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            if byte.first == 0x0A { return String(decoding: line, as: UTF8.self) }
            line += byte
        }
        return nil
    }

    /// Its next line; `nil` at the end.
    public func nextLine() async throws -> String? { try await onThread { try Self.line(of: self.output) } }

    /// The same, for callers that may block.
    func readLine() throws -> String? { try Self.line(of: output) }

    /// Gives it a line.
    public func tell(_ line: String) throws {
        try input.fileHandleForWriting.write(contentsOf: Data((line + "\n").utf8))
    }

    /// Ends the program, and returns the lines that nobody has read. By SIGKILL, because it was started with the signal mask
    /// of a dispatch thread, which blocks SIGTERM; not waited for, because Foundation waits by turning the run loop of the
    /// thread that started it.
    @discardableResult public func stop() -> [String] {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        let rest = (try? output.fileHandleForReading.readToEnd()) ?? Data()
        return String(decoding: rest, as: UTF8.self).split(separator: "\n").map(String.init)
    }
}
