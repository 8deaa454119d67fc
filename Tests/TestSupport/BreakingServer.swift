import Foundation

/// Serves one file over HTTP, and closes the connection after a share of what it announced. Under names of playlists it
/// serves one whose only entry is the file.
public final class BreakingServer {
    public let address: String
    private let process = Process()

    private static let program = """
        import http.server, sys
        data, share = open(sys.argv[1], "rb").read(), float(sys.argv[2])
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                is_playlist = self.path.endswith(".m3u8")
                # Shorter than it is: what the playlist says does not tell that something is missing.
                body = b"#EXTM3U\\n#EXT-X-TARGETDURATION:1\\n#EXTINF:1,\\n/file.ts\\n#EXT-X-ENDLIST\\n" if is_playlist else data
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body if is_playlist else body[:int(len(body) * share)])
            def log_message(self, *arguments): pass
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        print(server.server_address[1], flush=True)
        server.serve_forever()
        """

    public struct Problem: Error {}

    public init(file: URL, share: Double) throws {
        let output = Pipe()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["python3", "-c", Self.program, file.path, String(share)]
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
