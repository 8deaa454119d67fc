import Foundation
import TestSupport
import Testing

@testable import Server

/// What other sites can make a browser do to a server without keys.
@Suite(.timeLimit(.minutes(2))) struct CrossSiteTests {
    private static let credentials = "api_user=u&api_secret=s"
    private static let list = "/1.0/video/ongoing.json?\(credentials)"
    /// A path of everything that is served, and a part of its refusal in its own words.
    private static let everything = [
        ("/1.0/video/ongoing.json?\(credentials)", #""type":"request_error""#), ("/analyse/1.1", #""errorCode":12"#),
        ("/services/rest/?format=json", #"<rsp stat="fail">"#), ("/moderate/?key=k", #""error_code":1001"#),
        ("/api/upload", #""status":"ERR""#), ("/", "only as localhost"), ("/login", "only as localhost"),
        ("/events", #"{"error":"Without keys"#), ("/runs/med_1/events", "only as localhost"),
        ("/metrics", #"{"error":"Without keys"#), ("/openapi.json", #"{"error":"Without keys"#),
        ("/healthz", #"{"error":"Without keys"#), ("/nothing/here", #"{"error":"Without keys"#),
    ]

    @Test(arguments: [
        ("localhost", true), ("LOCALHOST:8080", true), ("127.0.0.1", true), ("127.9.8.7:1", true), ("[::1]", true),
        ("[::1]:8080", true), ("[0:0:0:0:0:0:0:1]:80", true),
        ("example.com", false), ("localhost.example.com", false), ("127.0.0.1.example.com:80", false),
        ("128.0.0.1", false), ("[::2]", false), ("::1", false), ("[localhost]", false), ("[127.0.0.1]", false),
        ("user@localhost", false), ("localhost:80:80", false), ("localhost:x", false), ("", false), ("127.1", false),
    ])
    func `a host is this machine only by its own names and numbers`(_ authority: String, _ isHere: Bool) {
        #expect(Loopback.contains(authority: authority) == isHere)
        #expect(Loopback.contains(origin: "http://" + authority) == isHere)
        #expect(Loopback.contains(origin: "https://" + authority) == isHere)
        #expect(!Loopback.contains(origin: "chrome-extension://" + authority))
        #expect(!Loopback.contains(origin: authority) && !Loopback.contains(origin: "null"))
    }

    @Test func `another name for this machine is refused everywhere, in each API's words`() async throws {
        try await TestServer.with { server in
            for (path, part) in Self.everything {
                for header in ["Host: example.com", "Host: example.com:\(server.port)", "Origin: http://example.com"] {
                    let refused = try await server.curl(path, "-H", header)
                    #expect(refused.status == 403 && refused.text.contains(part), "\(path) \(header): \(refused.text)")
                    #expect(refused.headers["access-control-allow-origin"] == nil)
                }
                for host in ["localhost", "127.0.0.1", "[::1]:9"] {
                    #expect(try await server.curl(path, "-m", "5", "-H", "Host: \(host)").status != 403, "\(path)")
                }
            }
        }
    }

    @Test func `what a page of another site sends is refused, whatever way it finds`() async throws {
        try await TestServer.with { server in
            let ways = [
                ["-H", "Origin: https://example.com"], ["-H", "Origin: null"], ["-H", "Origin: http://localhost.evil"],
                ["-H", "Sec-Fetch-Site: cross-site", "-H", "Sec-Fetch-Mode: no-cors"],
                ["-H", "Sec-Fetch-Site: cross-site", "-H", "Sec-Fetch-Mode: navigate"],
                ["-H", "Origin: http://example.com", "-H", "Sec-Fetch-Site: same-origin"],
                ["-X", "DELETE", "-H", "Origin: http://example.com"],
                ["-X", "OPTIONS", "-H", "Origin: http://example.com", "-H", "Access-Control-Request-Method: DELETE"],
            ]
            for way in ways {
                let refused = try await Answer.of(["\(server.base)\(Self.list)"] + way)
                #expect(refused.status == 403, "\(way)")
                #expect(refused.headers.keys.allSatisfy { !$0.hasPrefix("access-control") }, "\(way)")
            }
            // What programs and the dashboard's own pages send.
            for way in [[], ["-H", "Sec-Fetch-Site: same-origin"], ["-H", "Sec-Fetch-Site: none"]] {
                #expect(try await Answer.of(["\(server.base)\(Self.list)"] + way).status == 200, "\(way)")
            }
        }
    }

    @Test func `a link of another site leads to the dashboard's pages and to nothing else`() async throws {
        try await TestServer.with { server in
            let link = ["-H", "Sec-Fetch-Site: cross-site", "-H", "Sec-Fetch-Mode: navigate"]
            for (path, status) in [("/login", 200), ("/", 303), ("/metrics", 403), ("/moderate/?url=http://a/", 403)] {
                #expect(try await Answer.of(["\(server.base)\(path)"] + link).status == status, "\(path)")
            }
            let post = try await Answer.of(["\(server.base)/login", "-d", "key=k"] + link)
            #expect(post.status == 403)
        }
    }

    @Test func `a page of another port of this machine may read answers, and only such a page is named`() async throws {
        try await TestServer.with { server in
            for origin in ["http://localhost:3000", "https://127.0.0.1:3000", "http://[::1]:3000"] {
                for way in [[], ["-X", "OPTIONS"], ["-H", "Sec-Fetch-Site: cross-site"]] {
                    let answer = try await Answer.of(
                        ["\(server.base)\(Self.list)", "-H", "Origin: \(origin)"] + way)
                    #expect((200...204).contains(answer.status), "\(way)")
                    #expect(answer.headers["access-control-allow-origin"] == origin)
                    #expect(answer.headers["vary"] == "Origin")
                }
            }
            let program = try await server.curl(Self.list)
            #expect(program.headers["access-control-allow-origin"] == nil && program.headers["vary"] == "Origin")
        }
    }

    @Test func `with keys every page may ask, since it has to know one`() async throws {
        try await withKeys { (path: String) async throws in
            try await TestServer.with(configure: { $0.keys = try KeyFile(path: path) }) {
                (server: TestServer) async throws in
                let path = "/1.0/video/ongoing.json?api_user=1234&api_secret=good-key"
                for way in [
                    ["-H", "Host: example.com"], ["-H", "Origin: http://example.com"],
                    ["-H", "Sec-Fetch-Site: cross-site"],
                ] {
                    let answer = try await Answer.of(["\(server.base)\(path)"] + way)
                    #expect(answer.status == 200 && answer.headers["access-control-allow-origin"] == "*", "\(way)")
                }
                let preflight = try await server.curl(path, "-X", "OPTIONS", "-H", "Origin: http://example.com")
                #expect(preflight.status == 204 && preflight.headers["access-control-allow-origin"] == "*")
            }
        }
    }
}
