import Foundation

/// Serves a folder over HTTP on a port of loopback that the system picks, until stopped.
public final class FileServer {
    public let address: String
    private let program: RunningProgram

    public struct Problem: Error {}

    public init(folder: URL) throws {
        program = try Python(module: "http.server", ["0", "--bind", "127.0.0.1", "--directory", folder.path]).start()
        // "Serving HTTP on 127.0.0.1 port 43210 (…"
        guard let port = program.announcement.firstMatch(of: /port (\d+)/)?.1 else { throw Problem() }
        address = "http://127.0.0.1:\(port)"
    }

    public func stop() { program.stop() }
}
