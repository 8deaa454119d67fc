import Foundation
import Moderation
import Store
import TestSupport
import Testing

@testable import Server
@testable import Store

/// 10 s.
private let clip = Fixtures.folder.appending(path: "live/show.mp4").path
private let picture = Fixtures.image("picture.jpg")

/// Everything is naked with 0.6.
private let judge = ScriptedJudge(scores: [.nudityExplicit: 0.6])

/// A server that is given a policy, and keys that have their own.
@Suite(.timeLimit(.minutes(2))) struct ServedPolicyTests {
    private func picPurify(_ server: TestServer, key: String = "k") async throws -> (
        image: [String: Any], video: [String: Any]
    ) {
        let fields = ["-F", "API_KEY=\(key)", "-F", "task=porn_moderation"]
        let image = try await Answer.of(["\(server.base)/analyse/1.1", "-F", "file_image=@\(picture)"] + fields)
        let video = try await Answer.of(
            ["\(server.base)/analyse_video.php", "-F", "file_video=@\(clip)", "-F", "frame_interval=5"] + fields)
        return (try image.json(), try video.json())
    }

    private func submit(_ server: TestServer, interval: Int, _ fields: String...) async throws -> String {
        let answer = try await Answer.of(
            [
                "\(server.base)/1.0/video/check.json", "-F", "api_user=u", "-F", "api_secret=s", "-F", "models=nudity",
                "-F", "media=@\(clip)", "-F", "interval=\(interval)",
            ] + fields.flatMap { ["-F", $0] })
        return try #require((try answer.json()["media"] as? [String: Any])?["id"] as? String)
    }

    /// Asks until it is over, as clients do.
    private func result(_ server: TestServer, _ media: String) async throws -> [String: Any] {
        while true {
            let answer = try await server.curl("/1.0/video/byid.json?api_user=u&api_secret=s&id=\(media)")
            let output = try answer.json()["output"] as? [String: Any]
            let data = try #require(output?["data"] as? [String: Any])
            if data["status"] as? String != "ongoing" { return data }
        }
    }

    @Test(arguments: [(nil, "KO"), (0.7, "OK"), (0.5, "KO")])
    func `the server's policy decides on pictures and videos`(threshold: Double?, decision: String) async throws {
        try await TestServer.with(judge: judge, configure: { $0.policy = threshold.map { Policy(threshold: $0) } }) {
            (server: TestServer) async throws in
            let (image, video) = try await picPurify(server)
            #expect(image["final_decision"] as? String == decision && video["final_decision"] as? String == decision)
            #expect(video["nb_images_ko"] as? Int == (decision == "KO" ? 2 : 0))
            // Without a policy the answer is the service's own, byte for byte.
            let outcome = video["framesift"] as? [String: Any]
            #expect((outcome != nil) == (threshold != nil))
            let segments = outcome?["segments"] as? [[String: Any]] ?? []
            #expect(segments.map { $0["end"] as? Int } == (threshold == 0.5 ? [10_000] : []))
        }
    }

    @Test func `a key's policy comes before the server's`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let keys = folder.url.appending(path: "keys.yaml").path
        try Data("threshold: 0.5".utf8).write(to: folder.url.appending(path: "strict.yaml"))
        let text = "keys: [{key: lax, name: lax}, {key: strict, name: strict, policy: strict.yaml}]"
        _ = FileManager.default.createFile(
            atPath: keys, contents: Data(text.utf8), attributes: [.posixPermissions: 0o600])
        try await TestServer.with(
            judge: judge,
            configure: {
                $0.policy = Policy(threshold: 0.7)
                $0.keys = try KeyFile(path: keys)
            }
        ) { (server: TestServer) async throws in
            #expect(try await picPurify(server, key: "lax").video["final_decision"] as? String == "OK")
            #expect(try await picPurify(server, key: "strict").video["final_decision"] as? String == "KO")
        }
    }

    @Test func `a key's policy that cannot be read is told with the key's name and the file's`() async throws {
        let text = "keys: [{key: secret, name: shop, policy: nowhere.yaml}]"
        try await withKeys(text) { path in
            let folder = URL(filePath: path).deletingLastPathComponent().path
            #expect {
                try KeyFile(path: path)
            } throws: { error in
                "\(error)" == "\(path): key “shop”: \(folder)/nowhere.yaml: the policy cannot be read."
            }
        }
    }

    /// Two pictures are not enough for it, five are.
    @Test(arguments: [(5, Decision.ok), (2, .ko)])
    func `a submitted video, its callback and its run are decided by the policy`(
        interval: Int, decision: Decision
    ) async throws {
        let policy = Policy(rule: .atLeast(3))
        try await TestServer.with(judge: judge, configure: { $0.policy = policy }) {
            (server: TestServer) async throws in
            // Nobody takes the callback, so that it is still owed.
            let media = try await submit(server, interval: interval, "callback_url=http://127.0.0.1:9/")
            let outcome = try #require(try await result(server, media)["framesift"] as? [String: Any])
            #expect(outcome["decision"] as? String == decision.rawValue)
            let segments = try #require(outcome["segments"] as? [[String: Any]])
            #expect(segments.map { $0["nb_images"] as? Int } == [10 / interval])
            #expect(try await server.store.job(media)?.decision == decision)
            let bodies = try await server.store.database.read { database in
                try database.rows("SELECT body FROM callback ORDER BY number").map { try $0.value("body") as Data }
            }
            let last = try JSONSerialization.jsonObject(with: try #require(bodies.last)) as? [String: Any]
            let told = (last?["data"] as? [String: Any])?["framesift"] as? [String: Any]
            #expect(told?["decision"] as? String == decision.rawValue)
            #expect((told?["segments"] as? [Any])?.count == 1)
            let page = try await dashboard(server, media)
            #expect(page.contains(#"<p class="decision \#(decision.rawValue)">"#))
        }
    }

    /// The page of a run, as somebody sees it who logs in.
    private func dashboard(_ server: TestServer, _ media: String) async throws -> String {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let jar = folder.url.appending(path: "cookies").path
        let form = try await server.curl("/login", "-c", jar).text
        let token = try #require(form.firstMatch(of: /name="csrf" value="([0-9a-f]+)"/)?.1)
        _ = try await server.curl("/login", "-b", jar, "-c", jar, "-d", "csrf=\(token)&key=k")
        return try await server.curl("/runs/\(media)", "-b", jar).text
    }

    @Test func `a job keeps the policy it was ordered with, whatever the next process is given`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try Store(folder: folder.url)
        for (media, policy) in [("med_lax", Policy(threshold: 0.7)), ("med_none", nil)] {
            let video = folder.url.appending(path: media + ".job").path
            try FileManager.default.copyItem(atPath: clip, toPath: video)
            let order = JobOrder(
                media: media, request: "r", uri: "x", source: .file(video), models: ["nudity"], interval: 5,
                maxDuration: 60, callback: nil, thresholds: [:], quota: nil, policy: policy)
            try await store.keep(
                StoredJob(media: media, key: "anybody", started: 1e9, order: try JSONEncoder().encode(order)))
        }
        try await TestServer.with(
            judge: judge, store: store,
            configure: {
                $0.policy = Policy(threshold: 0.1)
                $0.stateFolder = folder.url
            }
        ) { (server: TestServer) async throws in
            for (media, decision) in [("med_lax", Decision.ok), ("med_none", .ko)] {
                _ = try await result(server, media)
                #expect(try await store.job(media)?.decision == decision)
            }
        }
    }

    @Test func `second looks are taken where they are free, and what they refute is no segment`() async throws {
        // One of the first ten pictures is naked, and none that are looked at afterwards.
        let flickering = ScriptedJudge([.nudityExplicit]) { $0.number == 5 ? 0.9 : 0.1 }
        let policy = Policy(confirm: Confirmation())
        try await TestServer.with(judge: flickering, configure: { $0.policy = policy }) {
            (server: TestServer) async throws in
            let media = try await submit(server, interval: 1)
            let outcome = try #require(try await result(server, media)["framesift"] as? [String: Any])
            #expect(outcome["decision"] as? String == "OK" && (outcome["segments"] as? [Any])?.isEmpty == true)
        }
    }
}
