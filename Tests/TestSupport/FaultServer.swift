import Foundation

/// `fault-server.py`, running: a service that fails as it is told.
public final class FaultServer {
    public let port: Int
    private let program: RunningProgram
    private let folder: TemporaryFolder

    public struct Behaviour: Encodable, Sendable {
        public var kind: String
        public var status: Int
        public var headers: [String: String]
        public var body: String
        /// How often the body is sent.
        public var times: Int
        /// It answers after `release()`.
        public var isHeld = false

        public init(
            kind: String = "answer", status: Int = 200, headers: [String: String] = [:], body: String = "",
            times: Int = 1
        ) {
            (self.kind, self.status, self.headers) = (kind, status, headers)
            (self.body, self.times) = (body, times)
        }
    }

    private struct Request: Decodable { let path: String }

    public struct Problem: Error {}

    /// - Parameter certificate: For TLS.
    public init(_ script: [Behaviour], certificate: Certificate? = nil) throws {
        folder = try TemporaryFolder()
        let file = folder.url.appending(path: "script.json")
        try JSONEncoder().encode(script).write(to: file)
        let tls = certificate.map { [$0.path, $0.key] } ?? []
        program = try Python(program: "TestSupport/fault-server.py", [file.path] + tls).start()
        guard let port = Int(program.announcement) else { throw Problem() }
        self.port = port
    }

    public var address: String { "http://127.0.0.1:\(port)" }

    /// Returns once it has read a request.
    public func waitForRequest() async throws { _ = try await program.nextLine() }

    /// Lets what is held answer.
    public func release() throws { try program.tell("go on") }

    /// Ends it and returns the paths that were asked for, but for those that were waited for.
    public func stop() -> [String] {
        defer { folder.remove() }
        return program.stop().compactMap { try? JSONDecoder().decode(Request.self, from: Data($0.utf8)).path }
    }
}
