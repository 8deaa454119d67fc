import Foundation
import Logging
import Store
import Synchronization
import TestSupport
import Testing

@testable import Server

private let picture = Fixtures.image("picture.jpg")

private let keys = """
    keys:
      - {key: good-key, name: shop, user: "1234"}
      - {key: small-key, name: small, quota: 3}
      - {key: dead-key, name: old, active: false}
      - {key: web-key, name: web, dialects: [webpurify]}
      - {key: slow-key, name: slow, rate: 1}
      - {key: one-key, name: one, concurrency: 1}
    """

/// A file of keys, owner-only unless said otherwise.
func withKeys<Result>(
    _ text: String = keys, mode: Int = 0o600, _ body: (String) async throws -> Result
) async throws -> Result {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let path = folder.url.appending(path: "keys.yaml").path
    _ = FileManager.default.createFile(
        atPath: path, contents: Data(text.utf8), attributes: [.posixPermissions: mode])
    return try await body(path)
}

@Suite(.timeLimit(.minutes(2))) struct AccessTests {
    private func ask(_ server: TestServer, key: String) async throws -> String {
        try await server.curl(
            "/analyse/1.1", "-F", "API_KEY=\(key)", "-F", "task=porn_moderation", "-F", "file_image=@\(picture)"
        ).text
    }

    @Test func `each key may do what its entry says, and each dialect says so in its own words`() async throws {
        try await withKeys { (path: String) async throws in
            try await TestServer.with(configure: { $0.keys = try KeyFile(path: path) }) {
                (server: TestServer) async throws in
                #expect(try await ask(server, key: "good-key").contains("success"))
                #expect(try await ask(server, key: "bad-key").contains(#""errorCode":10"#))
                #expect(try await ask(server, key: "dead-key").contains(#""errorCode":11"#))
                #expect(try await ask(server, key: "web-key").contains(#""errorCode":11"#))
                let web = "/services/rest/?format=json&method=webpurify.aim.imgaccount&api_key="
                #expect(try await server.curl(web + "web-key").text.contains(#""remaining":"2147483647""#))
                #expect(try await server.curl(web + "bad").text.contains(#""code":"100""#))
                #expect(try await server.curl(web + "dead-key").text.contains(#""code":"101""#))
                func sightengine(_ user: String, _ secret: String) async throws -> Answer {
                    try await server.curl(
                        "/1.0/nudity.json?api_user=\(user)&api_secret=\(secret)", "-F", "media=@\(picture)")
                }
                #expect(try await sightengine("1234", "good-key").status == 200)
                #expect(try await sightengine("shop", "good-key").status == 401)
                #expect(try await sightengine("1234", "bad").status == 401)
                #expect(try await sightengine("web", "web-key").status == 403)
                #expect(try await server.curl("/moderate/", "-F", "file=@\(picture)").text.contains("1004"))
                #expect(
                    try await server.curl("/moderate/", "-F", "file=@\(picture)", "-F", "key=good-key").text.contains(
                        #""error_code":0"#))
            }
        }
    }

    @Test func `a quota is counted in the service's units, kept over a restart, and not spent by failures`()
        async throws
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try await withKeys { (path: String) async throws in
            try await TestServer.with(
                store: try Store(folder: folder.url), configure: { $0.keys = try KeyFile(path: path) }
            ) {
                (server: TestServer) async throws in
                let broken = try await server.curl(
                    "/analyse/1.1", "-F", "API_KEY=small-key", "-F", "task=porn_moderation",
                    "-F", "file_image=@\(Fixtures.image("text.jpg"))")
                #expect(broken.text.contains(#""errorCode":30"#))
                #expect(try await ask(server, key: "small-key").contains("success"))
                #expect(try await server.store.used(key: "small") == 1)
                let two = try await server.curl(
                    "/analyse/1.1", "-F", "API_KEY=small-key", "-F",
                    "task=porn_moderation,gore_moderation,drug_moderation",
                    "-F", "file_image=@\(picture)")
                #expect(two.text.contains(#""errorCode":11"#) && two.text.contains("quota"))
            }
            try await TestServer.with(
                store: try Store(folder: folder.url), configure: { $0.keys = try KeyFile(path: path) }
            ) {
                (server: TestServer) async throws in
                let secret = "api_user=small&api_secret=small-key"
                let first = try await server.curl(
                    "/1.0/check.json?models=nudity,type&\(secret)", "-F", "media=@\(picture)")
                #expect(first.status == 200)
                let spent = try await server.curl("/1.0/nudity.json?\(secret)", "-F", "media=@\(picture)")
                #expect(spent.status == 429 && spent.text.contains("usage_limit"))
                let account = try await server.curl(
                    "/services/rest/?format=json&method=webpurify.aim.imgaccount&api_key=small-key")
                #expect(account.text.contains(#""remaining":"0""#))
                let check = try await server.curl(
                    "/services/rest/?format=json&method=webpurify.aim.imgcheck&api_key=small-key&imgurl=http://127.0.0.1:1/"
                )
                #expect(check.text.contains(#""code":"106""#))
                let upload = try await server.curl("/api/upload", "-H", "NSFWKEY: small-key", "-F", "image=@\(picture)")
                #expect(upload.text.contains("NOQUOTA"))
            }
        }
    }

    @Test func `a key's rate and its requests at once are limited, each dialect's way`() async throws {
        let gate = Gate()
        try await withKeys { (path: String) async throws in
            try await TestServer.with(
                judge: ScriptedJudge(gate: gate), configure: { $0.keys = try KeyFile(path: path) }
            ) {
                (server: TestServer) async throws in
                async let first = ask(server, key: "one-key")
                await gate.arrivals(1)
                let second = try await server.curl(
                    "/1.0/nudity.json?api_user=one&api_secret=one-key", "-F", "media=@\(picture)")
                #expect(
                    second.status == 429 && second.text.contains(#""code":37"#) && second.headers["retry-after"] == "1")
                gate.open()
                #expect(try await first.contains("success"))
                #expect(try await ask(server, key: "one-key").contains("success"))
            }
        }
        // The bucket itself, by a clock of the test's.
        let allowance = Allowance(rate: 2, concurrency: nil)
        let start = Duration.zero
        #expect((0..<3).map { _ in allowance.enter(at: start) } == [true, true, false])
        #expect(allowance.enter(at: start + .milliseconds(400)) == false)
        #expect(allowance.enter(at: start + .milliseconds(600)) == true)
        #expect(allowance.enter(at: start + .seconds(3600)) == true)
        #expect(allowance.enter(at: start + .seconds(3600)) == true)
        #expect(allowance.enter(at: start + .seconds(3600)) == false)
    }

    @Test func `nsfw-categorize: ten free calls a day, counted from the last one paid`() async throws {
        let clock = TestClock(Date(timeIntervalSince1970: 1_000_000))
        try await TestServer.with(now: { clock.now }) { (server: TestServer) async throws in
            func upload(_ name: String, _ more: String...) async throws -> String {
                try await Answer.of(["\(server.base)/api/upload", "-F", "image=@\(Fixtures.image(name))"] + more).text
            }
            #expect(try await upload("text.jpg").contains("ERR"))
            for left in (0...9).reversed() {
                // A known image costs as much as a new one without a key.
                #expect(try await upload("picture.jpg").contains(#""quota":\#(left),"#))
                clock.advance(3600)
            }
            #expect(try await upload("picture.jpg").contains("NOQUOTA"))
            // With a key a known image is free, and a look-up always is.
            #expect(try await upload("picture.jpg", "-H", "NSFWKEY: k").contains(#""key_quota":2147483647"#))
            let digest = String(try run("sha1sum", [picture]).text.prefix(40))
            #expect(try await server.curl("/api/hash/\(digest)").text.contains(#""quota":0"#))
            // The last paid call was an hour before now; what was refused does not count.
            clock.advance(22 * 3600 + 3599)
            #expect(try await upload("picture.jpg").contains("NOQUOTA"))
            clock.advance(1)
            #expect(try await upload("picture.jpg").contains(#""quota":9,"#))
        }
    }

    @Test func `nsfw-categorize: with keys nobody has free calls`() async throws {
        try await withKeys { (path: String) async throws in
            try await TestServer.with(configure: { $0.keys = try KeyFile(path: path) }) {
                (server: TestServer) async throws in
                let image = ["-F", "image=@\(picture)"]
                let hash = "/api/hash/" + String(try run("sha1sum", [picture]).text.prefix(40))
                for (path, more) in [("/api/upload", image), (hash, [])] {
                    let none = try await Answer.of(["\(server.base)\(path)"] + more)
                    #expect(none.text.contains(#""reason":"No API key was given.","status":"ERR""#), "\(none.text)")
                    let wrong = try await Answer.of(["\(server.base)\(path)", "-H", "NSFWKEY: guess"] + more)
                    #expect(wrong.text.contains(#""reason":"The API key is not known.""#), "\(wrong.text)")
                }
                #expect(try await server.curl("/metrics").text.contains("framesift_pictures_judged_total 0\n"))
                let good = try await Answer.of(["\(server.base)/api/upload", "-H", "NSFWKEY: good-key"] + image)
                #expect(good.text.contains(#""status":"OK""#), "\(good.text)")
                #expect(try await server.curl(hash, "-H", "NSFWKEY: good-key").text.contains(#""status":"OK""#))
            }
        }
    }

    @Test func `nsfw-categorize: nothing is fetched for those who cannot pay`() async throws {
        // Nobody listens there: whoever fetches says so.
        let nowhere = "/api/upload?url=http://127.0.0.1:1/a.jpg"
        try await TestServer.with { server in
            #expect(try await server.curl(nowhere).text.contains("cannot be fetched"))
            for _ in 0..<10 { _ = try await server.curl("/api/upload", "-F", "image=@\(picture)") }
            #expect(try await server.curl(nowhere).text.contains("NOQUOTA"))
        }
        try await withKeys("keys:\n  - {key: k, name: spent, quota: 1}") { (path: String) async throws in
            try await TestServer.with(configure: { $0.keys = try KeyFile(path: path) }) {
                (server: TestServer) async throws in
                let key = ["-H", "NSFWKEY: k"]
                let fetched = try await Answer.of([server.base + nowhere] + key)
                #expect(fetched.text.contains("cannot be fetched"))
                let judged = try await Answer.of(["\(server.base)/api/upload", "-F", "image=@\(picture)"] + key)
                #expect(judged.text.contains(#""key_quota":0"#), "\(judged.text)")
                #expect(try await Answer.of([server.base + nowhere] + key).text.contains("NOQUOTA"))
                // What was found before still costs nothing.
                let known = try await Answer.of(["\(server.base)/api/upload", "-F", "image=@\(picture)"] + key)
                #expect(known.text.contains(#""status":"OK""#), "\(known.text)")
            }
        }
    }

    @Test func `looking on at the dashboard takes nothing from the key's rate`() async throws {
        // One request, and another in eleven days.
        try await withKeys("keys:\n  - {key: k, name: once, rate: 0.000001}") { (path: String) async throws in
            try await TestServer.with(configure: { $0.keys = try KeyFile(path: path) }) {
                (server: TestServer) async throws in
                let page = try await server.curl("/login")
                let token = try #require(page.text.firstMatch(of: /name="csrf" value="([0-9a-f]+)"/)).output.1
                func cookie(_ answer: Answer) throws -> String {
                    String(try #require(answer.headers["set-cookie"]).prefix { $0 != ";" })
                }
                let entered = try await server.curl(
                    "/login", "-b", try cookie(page), "-d", "key=k", "-d", "csrf=\(token)")
                #expect(entered.status == 303)
                let (port, session) = (server.port, try cookie(entered))
                for _ in 0..<3 {
                    let seen = try await onThread {
                        let client = try RawClient(port: port)
                        try client.send("GET /events HTTP/1.1\r\nHost: localhost\r\nCookie: \(session)\r\n\r\n".utf8)
                        return client.receive(until: "Nothing was submitted yet")
                    }
                    #expect(seen.contains("200 OK") && seen.contains("event: update"), "\(seen)")
                }
                // The control: a request is one too many.
                #expect(try await server.curl("/", "-b", session).status == 429)
            }
        }
    }

    @Test func `nsfw-categorize: results by hash outlive the server`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let digest = String(try run("sha1sum", [picture]).text.prefix(40))
        try await TestServer.with(store: try Store(folder: folder.url)) { (server: TestServer) async throws in
            #expect(try await server.curl("/api/hash/\(digest)").text.contains("Hash not found"))
            #expect(try await server.curl("/api/upload", "-F", "image=@\(picture)").text.contains(digest))
        }
        try await TestServer.with(store: try Store(folder: folder.url)) { (server: TestServer) async throws in
            #expect(try await server.curl("/api/hash/\(digest)").text.contains(#""status":"OK""#))
        }
        let bytes = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            .filter { $0 != "owners" }.map { try Data(contentsOf: folder.url.appending(path: $0)) }.reduce(Data(), +)
        let image = try Data(contentsOf: URL(filePath: picture))
        #expect(bytes.range(of: image.suffix(1000)) == nil)
    }

    @Test func `without a file of keys only this machine is served`() async throws {
        func start(_ host: String, keys: String?) throws {
            var options = ServerOptions()
            (options.host, options.keys) = (host, try keys.map { try KeyFile(path: $0) })
            _ = try ModerationServer(
                judge: ScriptedJudge(), store: try Store(), options: options, logger: Logger(label: "test"))
        }
        #expect(throws: ServerStartError.keysRequired(host: "0.0.0.0")) { try start("0.0.0.0", keys: nil) }
        #expect(throws: ServerStartError.keysRequired(host: "::")) { try start("::", keys: nil) }
        #expect(throws: Never.self) { try start("::1", keys: nil) }
        try await withKeys { (path: String) async throws in
            #expect(throws: Never.self) { try start("0.0.0.0", keys: path) }
        }
    }

    @Test(arguments: [
        ("keys:\n  - {name: a}", "keys.0.key is missing"), ("keys:\n  - {key: k, name: a, quota: -1}", "quota"),
        ("keys:\n  - {key: k, name: a, dialects: [x]}", "no dialect “x”"), ("hello", "not a list of keys"),
        ("keys:\n  - {key: kkk, name: a}\n  - {key: kkk, name: b}", "the same"),
        ("keys:\n  - {key: secret-thing, name: a, rate: fast}", "rate"),
    ])
    func `what is wrong with a file of keys is said without the keys`(_ text: String, _ part: String) async throws {
        try await withKeys(text) { (path: String) async throws in
            do {
                _ = try KeyFile(path: path)
                Issue.record("it was taken")
            } catch {
                #expect("\(error)".contains(part) && !"\(error)".contains("secret-thing"), "\(error)")
            }
        }
    }

    @Test func `a file of keys that others can read is not taken`() async throws {
        _ = try await withKeys(mode: 0o644) { (path: String) async throws in
            #expect(throws: KeyFile.Problem(path: path, reason: "others can read it; chmod 600 it")) {
                try KeyFile(path: path)
            }
        }
        // As systemd gives its services credentials.
        _ = try await withKeys(mode: 0o440) { (path: String) async throws in
            let folder = URL(filePath: path).deletingLastPathComponent().path
            #expect(throws: KeyFile.Problem.self) { try KeyFile(path: path, credentials: "/run/credentials") }
            #expect(try KeyFile(path: path, credentials: folder).entries.count == 6)
        }
        let count = try await withKeys { (path: String) async throws in try KeyFile(path: path).entries.count }
        #expect(count == 6)
    }
}

/// A clock that moves when the test says so.
final class TestClock: Sendable {
    private let time: Mutex<Date>
    init(_ start: Date) { time = Mutex(start) }
    var now: Date { time.withLock { $0 } }
    func advance(_ seconds: Double) { time.withLock { $0 += seconds } }
}
