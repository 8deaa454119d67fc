import Foundation
import HTTPTransport
import Synchronization
import TestSupport
import Testing

/// What a server that echoes has seen (`echo-server.py`).
private struct Echo: Decodable {
    let method, path, agent: String
    let form: [String: String]?
    /// File name, type and text.
    let parts: [String: [String?]]?
    let text: String?
}

private func client() throws -> HTTPClient { try HTTPClient(connections: 2, userAgent: "test") }

private func echo(_ change: (inout HTTPClientRequest) -> Void) async throws -> Echo {
    let server = try Python(program: "HTTPTransport/echo-server.py").start()
    defer { server.stop() }
    var call = HTTPClientRequest(url: "http://127.0.0.1:\(server.announcement)/a?b=c")
    change(&call)
    let answer = try await client().send(call)
    #expect(answer.status == 200 && answer.retryAfter == .seconds(7))
    return try JSONDecoder().decode(Echo.self, from: answer.body)
}

@Suite struct HTTPClientTests {
    @Test func `a form arrives as it was, whatever stands in it`() async throws {
        let fields = [("plain", "a"), ("odd", "a b+c&d=e%20;ä\u{1F600}\n"), ("näme", "")]
        let seen = try await echo { call in call.form = fields.map { (name: $0.0, value: $0.1) } }
        // Python drops what is empty.
        #expect(seen.form == ["plain": "a", "odd": fields[1].1])
        #expect(seen.method == "POST" && seen.path == "/a?b=c" && seen.agent == "test")
    }

    @Test func `fields, pictures and files are parts of one body`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "clip.mp4")
        try Data("of a file".utf8).write(to: file)
        let seen = try await echo { call in
            call.parts = [
                .field("task", "a,b"), .jpeg("image", Array("\u{0}\r\n--x".utf8)), .file("video", path: file.path),
            ]
        }
        #expect(
            seen.parts == [
                "task": [nil, nil, "a,b"], "image": ["frame.jpg", "image/jpeg", "\u{0}\r\n--x"],
                "video": ["clip.mp4", "application/octet-stream", "of a file"],
            ])
    }

    @Test func `a file is sent as it is, and how far it is is told`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "body")
        let text = String(repeating: "x", count: 300_000)
        try Data(text.utf8).write(to: file)
        let most = Mutex(0)
        let seen = try await echo { call in
            call.method = "PUT"
            call.bodyPath = file.path
            call.progress = { sent, _ in most.withLock { $0 = max($0, sent) } }
        }
        #expect(seen.method == "PUT" && seen.text == text)
        #expect(most.withLock { $0 } == 300_000)
    }

    @Test func `connections are kept`() async throws {
        let server = try FaultServer([.init()])
        let client = try client()
        let paths = Array(repeating: "/", count: 10)
        for _ in paths { #expect(try await client.send(HTTPClientRequest(url: server.address)).status == 200) }
        // One, unless a busy machine leaves it idle for the two minutes after which libcurl gives it up.
        #expect((1..<paths.count).contains(client.connectionsOpened))
        #expect(server.stop() == paths)
    }

    @Test func `a call that is cancelled ends, though its server says nothing`() async throws {
        let server = try FaultServer([.init(kind: "silence")])
        let client = try client()
        let address = server.address
        let call = Task { try await client.send(HTTPClientRequest(url: address)) }
        try await server.waitForRequest()
        call.cancel()
        let failure = await #expect(throws: HTTPFailure.self) { try await call.value }
        #expect(failure?.isCancellation == true && failure?.answered == false)
        _ = server.stop()
    }

    @Test func `where only public addresses may be called, this machine is not`() async throws {
        let server = try FaultServer([.init()])
        var call = HTTPClientRequest(url: server.address)
        #expect(try await client().send(call).status == 200)
        call.publicAddressesOnly = true
        await #expect(throws: HTTPFailure.self) { try await client().send(call) }
        #expect(server.stop() == ["/"])
    }

    @Test func `a certificate that is not to be trusted is not, and one that is, is`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let certificate = try Certificate(in: folder)
        let server = try FaultServer([.init()], certificate: certificate)
        let call = HTTPClientRequest(url: "https://localhost:\(server.port)/")
        let failure = await #expect(throws: HTTPFailure.self) { try await client().send(call) }
        #expect(failure?.isUntrusted == true)
        setenv("CURL_CA_BUNDLE", certificate.path, 1)
        defer { unsetenv("CURL_CA_BUNDLE") }
        #expect(try await client().send(call).status == 200)
        #expect(server.stop() == ["/"])
    }
}
