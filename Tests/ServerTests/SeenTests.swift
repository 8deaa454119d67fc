import Foundation
import Moderation
import TestSupport
import Testing

@testable import Server
@testable import Store

/// OK means that everything was seen: in the services' words, and of submitted videos.
@Suite(.timeLimit(.minutes(2))) struct SeenTests {
    private static let credentials = ["-F", "api_user=u", "-F", "api_secret=s"]
    private static let whole = Fixtures.folder.appending(path: "faststart.mp4").path
    private static let half = Fixtures.broken("half.mp4")
    private static let two = Fixtures.folder.appending(path: "streams/two.mp4").path
    private static let one = Fixtures.folder.appending(path: "streams/one.mp4").path

    private func picPurify(_ server: TestServer, _ file: String) async throws -> [String: Any] {
        try await picPurify(server, video: "file_video=@\(file)")
    }

    private func picPurify(_ server: TestServer, video: String) async throws -> [String: Any] {
        try await server.curl(
            "/analyse_video.php", "-F", "API_KEY=k", "-F", "task=porn_moderation", "-F", video
        ).json()
    }

    private func submit(_ server: TestServer, _ file: String) async throws -> Answer {
        try await submit(server, video: "media=@\(file)")
    }

    private func submit(_ server: TestServer, video: String) async throws -> Answer {
        try await Answer.of(
            ["\(server.base)/1.0/video/check.json"] + Self.credentials + ["-F", "models=nudity", "-F", video])
    }

    private func media(_ answer: Answer) throws -> String {
        try #require((try answer.json()["media"] as? [String: Any])?["id"] as? String, "\(answer.text)")
    }

    private func ended(_ server: TestServer, _ media: String) async throws -> StoredJob {
        try await server.store.ended(media)
    }

    // MARK: Synchronous

    @Test func `half a video is a failure in each service's words, a whole one is not`() async throws {
        try await TestServer.with(judge: ScriptedJudge(categories: [.nudityExplicit])) { server in
            let half = try await picPurify(server, Self.half)
            #expect(half["status"] as? String == "failure" && half["final_decision"] == nil)
            #expect((half["error"] as? [String: Any])?["errorCode"] as? Int == 60)
            #expect(try await picPurify(server, Self.whole)["final_decision"] as? String == "OK")
            let path = "/1.0/video/check-sync.json?api_user=u&api_secret=s&models=nudity"
            let answer = try await server.curl(path, "-F", "media=@\(Self.half)")
            #expect(answer.status == 400 && answer.text.contains("media_error") && answer.text.contains("9006"))
            #expect(!answer.text.contains("/proc/"))
            #expect(try await server.curl(path, "-F", "media=@\(Self.whole)").json()["status"] as? String == "success")
        }
    }

    @Test func `what is in a second video stream of an upload is found`() async throws {
        try await TestServer.with(judge: ScriptedJudge(categories: [.nudityExplicit])) { server in
            #expect(try await picPurify(server, Self.two)["final_decision"] as? String == "KO")
            #expect(try await picPurify(server, Self.one)["final_decision"] as? String == "OK")
            let answer = try await server.curl(
                "/1.0/video/check-sync.json?api_user=u&api_secret=s&models=nudity", "-F", "media=@\(Self.two)")
            let frames = try #require((try answer.json()["data"] as? [String: Any])?["frames"] as? [[String: Any]])
            #expect(
                frames.compactMap { ($0["info"] as? [String: Any])?["stream"] as? Int } == [0, 1, 0, 1, 0, 1, 0, 1])
        }
    }

    @Test(arguments: ["names-a-sibling.mp4", "describes-a-stream.mp4", "names-segments.mp4"])
    func `an upload opens nothing but itself`(name: String) async throws {
        try await TestServer.with(judge: ScriptedJudge(categories: [.nudityExplicit])) { server in
            let answer = try await picPurify(server, Fixtures.broken(name))
            #expect((answer["error"] as? [String: Any])?["errorCode"] as? Int == 60, "\(answer)")
            #expect(try await picPurify(server, Fixtures.broken("sibling.mp4"))["status"] as? String == "success")
        }
    }

    @Test func `the bound on videos at addresses does not cut uploads`() async throws {
        let files = try FileServer(folder: Fixtures.folder)
        defer { files.stop() }
        let address = files.address + "/faststart.mp4"
        try await TestServer.with(
            judge: ScriptedJudge(categories: [.nudityExplicit]), configure: { $0.maxVideoURLBytes = 20_000 }
        ) { server in
            #expect(try await picPurify(server, Self.whole)["final_decision"] as? String == "OK")
            #expect(try await picPurify(server, video: "url_video=\(address)")["status"] as? String == "failure")
            let upload = try await ended(server, try media(try await submit(server, Self.whole)))
            #expect(upload.status == .finished && upload.decision == .ok)
            let cut = try await ended(server, try media(try await submit(server, video: "stream_url=\(address)")))
            #expect(cut.decision == .undetermined)
        }
    }

    @Test func `a quota is not overdrawn by videos that share it`() async throws {
        let keys = try TemporaryFolder()
        defer { keys.remove() }
        let file = keys.url.appending(path: "keys.yaml")
        try Data("keys: [{key: k, name: shop, quota: 7}]".utf8).write(to: file)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: file.path)
        try await TestServer.with(
            judge: ScriptedJudge(categories: [.nudityExplicit]), configure: { $0.keys = try KeyFile(path: file.path) }
        ) { server in
            async let first = picPurify(server, Self.whole)
            async let second = picPurify(server, Self.whole)
            let answers = try await [first, second]
            // Six pictures each, and seven in all.
            #expect(answers.count { $0["status"] as? String == "success" } <= 1)
            #expect(try await server.store.used(key: "shop") <= 7)
            let left = 7 - (try await server.store.used(key: "shop"))
            #expect(left == 1 || left == 7)
        }
    }

    // MARK: Submitted

    @Test func `a submitted video is OK only if all of it was seen`() async throws {
        try await TestServer.with(judge: ScriptedJudge(categories: [.nudityExplicit])) { server in
            let half = try await ended(server, try media(try await submit(server, Self.half)))
            #expect(half.status == .failure && half.decision == .undetermined)
            #expect(half.missed != nil && half.problem?.contains("ends before") == true)
            let whole = try await ended(server, try media(try await submit(server, Self.whole)))
            #expect(whole.status == .finished && whole.decision == .ok && whole.missed == nil)
            let two = try await ended(server, try media(try await submit(server, Self.two)))
            #expect(two.decision == .ko && two.frames == 8)
        }
    }

    @Test func `what cannot be stored is stored once it can be, and the job ends`() async throws {
        let gate = Gate()
        let state = try TemporaryFolder()
        defer { state.remove() }
        let store = try Store(folder: state.url)
        try await TestServer.with(
            judge: ScriptedJudge(categories: [.nudityExplicit], gate: gate), store: store
        ) { server in
            let id = try media(try await submit(server, Self.whole))
            await gate.arrivals(1)
            try await store.forbidWriting()
            gate.open()
            await server.log.wait(for: "job not stored")
            #expect(try await store.job(id)?.status == .ongoing)
            let health = try await server.curl("/healthz")
            #expect(health.status == 503 && health.text.contains("cannot be written"))
            try await store.allowWriting()
            let job = try await ended(server, id)
            #expect(job.status == .finished && job.decision == .ok && job.progress.tally.total == 6)
            #expect(try await store.frames(ofJob: id).map(\.position) == (0..<6).map { $0 * 1000 })
            #expect(try await server.curl("/healthz").status == 200)
        }
    }

    @Test func `a refused submission leaves no file behind`() async throws {
        let gate = Gate()
        let state = try TemporaryFolder()
        defer { state.remove() }
        try await TestServer.with(
            judge: ScriptedJudge(gate: gate),
            configure: {
                $0.jobs = 1
                $0.stateFolder = state.url
            }
        ) { server in
            func files() throws -> Int {
                try FileManager.default.contentsOfDirectory(atPath: state.url.appending(path: "uploads").path).count
            }
            let id = try media(try await submit(server, Self.whole))
            await gate.arrivals(1)
            #expect(try await submit(server, Self.whole).status == 429)
            #expect(try files() == 1)
            gate.open()
            _ = try await ended(server, id)
        }
    }

    @Test func `a job that ends its process again and again is given up`() async throws {
        let state = try TemporaryFolder()
        defer { state.remove() }
        let store = try Store(folder: state.url)
        var order = JobOrder(
            media: "med_1", request: "req_1", uri: "x", source: .file(Self.whole), models: ["nudity"], interval: 1,
            maxDuration: 60, callback: nil, thresholds: [:], quota: nil)
        for (media, starts) in [("med_1", 3), ("med_2", 1)] {
            order.media = media
            // A copy, since its end removes the file.
            let copy = state.url.appending(path: media).path
            try FileManager.default.copyItem(atPath: Self.whole, toPath: copy)
            order.source = .file(copy)
            let job = StoredJob(media: media, key: "anybody", started: 1e9, order: try JSONEncoder().encode(order))
            try await store.keep(job)
            for _ in 0..<starts {
                _ = try await store.takeJob(media)
                // Its process is killed.
                try await store.database.write { try $0.run("UPDATE job SET owner = ''") }
            }
        }
        try await TestServer.with(
            judge: ScriptedJudge(categories: [.nudityExplicit]), store: store, configure: { $0.stateFolder = state.url }
        ) { server in
            let (first, second) = (try await ended(server, "med_1"), try await ended(server, "med_2"))
            #expect(first.status == .failure && second.status == .finished)
        }
    }
}

extension Store {
    /// Writes of frames fail from now on, and so does the check of the store's health.
    fileprivate func forbidWriting() async throws {
        try await database.write { database in
            for table in ["job_frame", "health"] {
                try database.run("ALTER TABLE \(table) RENAME TO hidden_\(table)")
            }
        }
    }

    fileprivate func allowWriting() async throws {
        try await database.write { database in
            for table in ["job_frame", "health"] {
                try database.run("ALTER TABLE hidden_\(table) RENAME TO \(table)")
            }
        }
    }
}
