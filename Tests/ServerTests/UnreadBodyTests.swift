import Foundation
import FrameSampling
import Runtime
import TestSupport
import Testing

@testable import Server

private let picture = Fixtures.image("picture.jpg")

/// Requests that are refused by their head, and those that turn out too large.
@Suite(.timeLimit(.minutes(2))) struct UnreadBodyTests {
    /// What is dropped, and what the system's buffers of both ends may take besides. Bytes.
    private static let maxCount = LingeringClose.maxBytes + (24 << 20)

    private struct Endless: Decodable {
        let sent: Int
        let closed: Bool
        let status: Int
        let body: String
        let headers: [String: String]
    }

    private func endless(_ server: TestServer, _ head: String, length: String = "1600000000") async throws -> Endless {
        let port = String(server.port)
        let finished = try await onThread { try Python(program: "Server/endless.py", [port, length, head]).run() }
        return try JSONDecoder().decode(Endless.self, from: finished.output)
    }

    private func place(_ server: TestServer, _ credentials: String) async throws -> (url: String, media: String) {
        let place = try await server.curl("/1.0/upload/create-video.json?\(credentials)").json()
        return (
            try #require((place["upload"] as? [String: Any])?["url"] as? String),
            try #require((place["media"] as? [String: Any])?["id"] as? String)
        )
    }

    private func withState<Result>(_ body: (URL) async throws -> Result) async throws -> Result {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        return try await body(folder.url)
    }

    @Test func `an endless file with a wrong token is refused at once, and not written anywhere`() async throws {
        try await withState { (state: URL) async throws in
            try await TestServer.with(configure: { $0.stateFolder = state }) { (server: TestServer) async throws in
                let (url, media) = try await place(server, "api_user=u&api_secret=s")
                for length in ["1600000000", "chunked"] {
                    let refused = try await endless(
                        server, "PUT /1.0/upload/\(media)?token=guess HTTP/1.1", length: length)
                    #expect(refused.status == 400 && refused.body.contains("9301"), "\(refused)")
                    #expect(refused.closed && refused.headers["connection"] == "close")
                    #expect(refused.sent <= Self.maxCount, "\(refused.sent)")
                }
                #expect(!FileManager.default.fileExists(atPath: state.appending(path: "uploads").path))
                let right = try await Answer.of([url, "-X", "PUT", "--data-binary", "@\(picture)"])
                #expect(right.status == 200)
                let kept = try FileManager.default.contentsOfDirectory(atPath: state.appending(path: "uploads").path)
                #expect(kept.count == 1)
            }
        }
    }

    @Test func `a bad key in the query or a header, a wrong method and an unknown path are refused before the body`()
        async throws
    {
        try await withKeys { (path: String) async throws in
            try await TestServer.with(configure: { $0.keys = try KeyFile(path: path) }) {
                (server: TestServer) async throws in
                let form = "\r\nContent-Type: multipart/form-data; boundary=B"
                for (head, status, part) in [
                    ("POST /analyse/1.1?API_KEY=bad HTTP/1.1", 200, #""errorCode":10"#),
                    ("POST /analyse_video.php?API_KEY=dead-key HTTP/1.1", 200, #""errorCode":11"#),
                    ("POST /1.0/check.json?api_user=1234&api_secret=bad HTTP/1.1", 401, "credentials_error"),
                    ("POST /1.0/video/check.json?api_user=shop&api_secret=good-key HTTP/1.1", 401, "credentials_error"),
                    ("POST /services/rest/?format=json&api_key=bad HTTP/1.1", 200, #""code":"100""#),
                    ("POST /moderate/?key=bad HTTP/1.1", 200, #""error_code":1004"#),
                    ("POST /api/upload HTTP/1.1\r\nNSFWKEY: dead-key", 200, #""status":"ERR""#),
                    ("POST /runs HTTP/1.1\r\nCookie: framesift_session=guess", 303, ""),
                    ("PUT /analyse/1.1 HTTP/1.1", 405, #""errorCode":12"#),
                    ("POST /nothing/here HTTP/1.1", 404, "nothing at this path"),
                    ("POST /healthz HTTP/1.1", 404, "nothing at this path"),
                ] {
                    let refused = try await endless(server, head + form)
                    #expect(refused.status == status, "\(head): \(refused)")
                    #expect(part.isEmpty || refused.body.contains(part), "\(head): \(refused)")
                    #expect(refused.closed && refused.sent <= Self.maxCount, "\(head): \(refused.sent)")
                }
            }
        }
    }

    @Test func `a body that turns out too large is read no further`() async throws {
        try await TestServer.with(configure: { $0.maxVideoBytes = 1 << 20 }) { server in
            for (head, part) in [
                ("POST /analyse_video.php?API_KEY=k HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=B", "60"),
                ("POST /analyse/1.1?API_KEY=k HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded", "30"),
                ("POST /analyse/1.1?API_KEY=k HTTP/1.1\r\nContent-Type: application/json", "12"),
                ("POST /analyse/1.1?API_KEY=k HTTP/1.1\r\nContent-Type: multipart/form-data; boundary=x", "12"),
            ] {
                for length in ["1600000000", "chunked"] {
                    let refused = try await endless(server, head, length: length)
                    let codes = ["errorCode\":\(part)", "errorCode\":12", "errorCode\":30"]
                    #expect(codes.contains { refused.body.contains($0) }, "\(head): \(refused)")
                    #expect(refused.closed && refused.sent <= Self.maxCount + (24 << 20), "\(head): \(refused.sent)")
                }
            }
        }
    }

    @Test func `a place takes one file at a time, and another when that one has not come`() async throws {
        try await withState { (state: URL) async throws in
            let disk = BlockingThreads(count: 1, name: "test disk")
            defer { disk.close() }
            let places = UploadSlots(folder: state, disk: disk, clock: TimeSource(wall: { 0 }))
            let place = try await places.make(key: "k")
            func claim(_ token: String? = nil) throws -> UploadSlots.Claim {
                try places.claim(place.media, token: token ?? place.token)
            }
            #expect(throws: Refusal.unknownMedia) { try claim("guess") }
            var first: UploadSlots.Claim? = try claim()
            #expect(throws: Refusal.unknownMedia) { try claim() }
            withExtendedLifetime(first) {}
            first = nil
            let second = try claim()
            try await second.fill(with: Upload(name: nil, size: 1, storage: .memory([1])))
            #expect(throws: Refusal.unknownMedia) { try claim() }
        }
    }

    @Test func `a file that breaks off can be sent again`() async throws {
        try await withState { (state: URL) async throws in
            try await TestServer.with(configure: { $0.stateFolder = state }) { (server: TestServer) async throws in
                let (url, _) = try await place(server, "api_user=u&api_secret=s")
                let path = url.dropFirst(server.base.count)
                let first = try RawClient(port: server.port)
                try first.send("PUT \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\nhalf".utf8)
                first.end()
                // Until the server has seen the end of it, the place is taken.
                var second: Answer
                repeat {
                    second = try await Answer.of([url, "-X", "PUT", "--data-binary", "@\(picture)"])
                } while second.text.contains("9301")
                #expect(second.status == 200, "\(second.text)")
            }
        }
    }

    @Test func `looking at a key before the body takes nothing from its rate, and nothing twice`() async throws {
        try await withKeys { (path: String) async throws in
            // A request a second: the second of two at once is too many.
            try await TestServer.with(configure: { $0.keys = try KeyFile(path: path) }) {
                (server: TestServer) async throws in
                let path = "/services/rest/?format=json&method=webpurify.aim.imgaccount&api_key=slow-key"
                for _ in 0..<5 {
                    let wrong = try await server.curl(path, "-X", "PUT")
                    #expect(wrong.text.contains("not allowed"), "\(wrong.text)")
                }
                #expect(try await server.curl(path, "-d", "a=b").text.contains("remaining"))
            }
        }
    }
}
