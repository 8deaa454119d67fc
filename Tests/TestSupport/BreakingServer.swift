import Foundation

/// Serves one file over HTTP, and closes the connection after a share of what it announced. Under names of playlists it
/// serves one whose only entry is the file.
public final class BreakingServer {
    public let address: String
    private let process = Process()

    public struct Problem: Error {}

    public init(file: URL, share: Double) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", Fixtures.program("TestSupport/breaking-server.py"), file.path, String(share)]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        var line = Data()
        while let byte = try output.fileHandleForReading.read(upToCount: 1), byte.first != 0x0A, !byte.isEmpty {
            line += byte
        }
        guard let port = Int(String(decoding: line, as: UTF8.self)) else { throw Problem() }
        address = "http://127.0.0.1:\(port)"
    }

    /// By SIGKILL, for the reason `FileServer` gives.
    public func stop() { kill(process.processIdentifier, SIGKILL) }
}
