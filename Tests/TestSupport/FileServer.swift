import Foundation

/// Serves a folder over HTTP on a port of loopback that the system picks, until stopped.
public final class FileServer {
    public let address: String
    private let process = Process()

    public struct Problem: Error {}

    public init(folder: URL) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "python3", "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder.path,
        ]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Its first line: "Serving HTTP on 127.0.0.1 port 43210 (…".
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first != 0x0A, !byte.isEmpty {
            line += byte
        }
        let words = String(decoding: line, as: UTF8.self).split(separator: " ")
        guard let at = words.firstIndex(of: "port"), at + 1 < words.count else { throw Problem() }
        address = "http://127.0.0.1:\(words[at + 1])"
    }

    /// Ends the program. By SIGKILL, because it was started with the signal mask of a dispatch thread, which blocks
    /// SIGTERM; not waited for, because Foundation waits by turning the run loop of the thread that started it.
    public func stop() { kill(process.processIdentifier, SIGKILL) }
}
