import Foundation
import TestSupport
import Testing

@testable import Server
@testable import Store

/// Who is logged in to the dashboard. How long, and how many: `StoreTests/scenarios.yaml`.
@Suite(.timeLimit(.minutes(1))) struct SessionsTests {
    @Test func `logging out ends a session, and no other cookie opens it`() async throws {
        let sessions = Sessions(store: try Store())
        let alice = try await sessions.start(key: "alice")
        let bob = try await sessions.start(key: "bob")
        let other = Sessions.Session(cookie: String(alice.cookie.reversed()))
        #expect(try await sessions.key(of: other) == nil)
        #expect(try await sessions.key(of: alice) == "alice")
        try await sessions.end(alice)
        #expect(try await sessions.key(of: alice) == nil)
        #expect(try await sessions.key(of: bob) == "bob")
    }

    @Test func `a form's token belongs to one session, and is not its cookie`() {
        let (session, other) = (Sessions.Session.random(), Sessions.Session.random())
        #expect(session.holds(session.token))
        for wrong in [nil, other.token, session.cookie, String(session.token.dropLast())] {
            #expect(!session.holds(wrong))
        }
    }

    @Test func `whoever asks for the login page logs nobody out, and stores nothing`() async throws {
        let store = try Store()
        try await TestServer.with(store: store) { server in
            let alice = try await Browser.loggedIn(server, key: "alice")
            for _ in 0..<20 { #expect(try await server.curl("/login").status == 200) }
            #expect(try await alice.page(of: server, "/").status == 200)
        }
        let logins: Int? = try await store.database.read { try $0.value("SELECT count(*) FROM login") }
        #expect(logins == 1)
    }

    @Test func `a login holds at a second server, after the first has ended, until the logout at any`() async throws {
        let temporary = try TemporaryFolder()
        defer { temporary.remove() }
        let folder = temporary.url
        let alice = try await TestServer.with(store: try Store(folder: folder)) { first in
            let alice = try await Browser.loggedIn(first, key: "alice")
            try await TestServer.with(store: try Store(folder: folder)) { second in
                let bob = try await Browser.loggedIn(second, key: "bob")
                #expect(try await alice.page(of: second, "/").status == 200)
                try await bob.logOut(at: first)
                for server in [first, second] {
                    #expect(try await bob.page(of: server, "/").headers["location"] == "/login")
                    #expect(try await alice.page(of: server, "/").status == 200)
                }
            }
            return alice
        }
        try await TestServer.with(store: try Store(folder: folder)) { third in
            #expect(try await alice.page(of: third, "/").status == 200)
            try await alice.logOut(at: third)
            #expect(try await alice.page(of: third, "/").headers["location"] == "/login")
        }
        // Neither cookie nor token is in any file.
        let files = try FileManager.default.subpathsOfDirectory(atPath: folder.path)
        let content = files.compactMap { FileManager.default.contents(atPath: folder.appending(path: $0).path) }
        #expect(content.contains { $0.range(of: Data("login".utf8)) != nil })
        for secret in [alice.cookie, alice.token] {
            #expect(!content.contains { $0.range(of: Data(secret.utf8)) != nil })
        }
    }
}

/// Somebody at the dashboard.
private struct Browser {
    /// The cookie's value.
    let cookie: String
    let token: String

    static func loggedIn(_ server: TestServer, key: String) async throws -> Browser {
        let page = try await server.curl("/login")
        let entered = try await server.curl(
            "/login", "-b", try header(page), "-d", "key=\(key)", "-d", "csrf=\(try token(page))")
        let cookie = try header(entered)
        let list = try await server.curl("/", "-b", cookie)
        return Browser(
            cookie: String(try #require(cookie.split(separator: "=").last)), token: try token(list))
    }

    func page(of server: TestServer, _ path: String) async throws -> Answer {
        try await server.curl(path, "-b", "framesift_session=\(cookie)")
    }

    func logOut(at server: TestServer) async throws {
        let answer = try await server.curl(
            "/logout", "-b", "framesift_session=\(cookie)", "-d", "csrf=\(token)")
        #expect(answer.status == 303)
    }

    private static func header(_ answer: Answer) throws -> String {
        String(try #require(answer.headers["set-cookie"]).prefix { $0 != ";" })
    }

    private static func token(_ page: Answer) throws -> String {
        String(try #require(page.text.firstMatch(of: /name="csrf" value="([0-9a-f]+)"/)).output.1)
    }
}
