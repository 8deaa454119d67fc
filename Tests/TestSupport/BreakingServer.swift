import Foundation

/// Serves one file over HTTP, and closes the connection after a share of what it announced. Under names of playlists it
/// serves one whose only entry is the file.
public final class BreakingServer {
    public let address: String
    private let program: RunningProgram

    public init(file: URL, share: Double) throws {
        program = try Python(program: "TestSupport/breaking-server.py", [file.path, String(share)]).start()
        address = "http://127.0.0.1:\(program.announcement)"
    }

    public func stop() { program.stop() }
}
