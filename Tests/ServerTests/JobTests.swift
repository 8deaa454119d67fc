import Foundation
import Moderation
import Reports
import TestSupport
import Testing
import Wire

@testable import Server
@testable import Store

@Suite struct JobTests {
    private static let credentials = ["-F", "api_user=u", "-F", "api_secret=s"]
    private static let query = "api_user=u&api_secret=s"
    private static let clip = Fixtures.folder.appending(path: "live/show.mp4").path

    private func submit(_ server: TestServer, _ fields: String...) async throws -> Answer {
        try await Answer.of(
            ["\(server.base)/1.0/video/check.json"] + Self.credentials + fields.flatMap { ["-F", $0] })
    }

    private func media(_ answer: Answer) throws -> String {
        let media = try answer.json()["media"] as? [String: Any]
        return try #require(media?["id"] as? String)
    }

    private func data(_ server: TestServer, _ media: String) async throws -> [String: Any] {
        let answer = try await server.curl("/1.0/video/byid.json?\(Self.query)&id=\(media)")
        let output = try answer.json()["output"] as? [String: Any]
        return try #require(output?["data"] as? [String: Any], "\(answer.text)")
    }

    /// What is told of the job once it is over.
    private func finished(_ server: TestServer, _ media: String) async throws -> [String: Any] {
        _ = try await server.store.ended(media)
        let data = try await data(server, media)
        #expect(data["status"] as? String == "finished")
        return data
    }

    @Test func `a submitted video is judged, and can be asked for by its id`() async throws {
        try await TestServer.with { server in
            let answer = try await submit(
                server, "media=@\(Self.clip)", "models=nudity", "interval=0.5", "callthreshold_weapon=0.25")
            let fields = try answer.json()
            #expect(answer.status == 200 && fields["status"] as? String == "success")
            #expect(fields["callthreshold_weapon"] as? Double == 0.25)
            #expect(fields["callthreshold_nudity_raw"] as? Double == 0.5)
            let id = try media(answer)
            let data = try await finished(server, id)
            let frames = try #require(data["frames"] as? [[String: Any]])
            let info = frames.compactMap { $0["info"] as? [String: Any] }
            // 10 s, a picture every half second.
            #expect(info.compactMap { $0["position"] as? Int } == (0..<20).map { $0 * 500 })
            #expect(info.last?["id"] as? String == "\(id)_20")
            #expect(data["status"] as? String == "finished" && data["operations"] as? Int == 20)
        }
    }

    @Test func `a submitted video's frames tell swimwear and several faces, where the judge does`() async throws {
        let judge = ScriptedJudge(scores: [.nudityExplicit: 0.04, .nuditySuggestive: 0.9, .faceMultiple: 0.8])
        try await TestServer.with(judge: judge) { server in
            let answer = try await submit(server, "media=@\(Self.clip)", "models=nudity,face", "interval=5")
            let data = try await finished(server, try media(answer))
            let frames = try #require(data["frames"] as? [[String: Any]])
            #expect(frames.compactMap { ($0["nudity"] as? [String: Any])?["partial"] as? Double } == [0.9, 0.9])
            #expect(frames.compactMap { ($0["face"] as? [String: Any])?["multiple"] as? Double } == [0.8, 0.8])
        }
    }

    @Test func `swimwear makes no KO of a video submitted for nudity, but of one submitted for swimwear`() async throws
    {
        func decision(_ models: [String], _ scores: [ContentCategory: Double]) throws -> Decision {
            let tasks = models.map { name in
                ModerationTask(name: name, categories: SightengineModel.categories[name] ?? [.init(rawValue: name)])
            }
            let frame = JobFrame(number: 1, position: 0, judgement: Judgement(probabilities: scores))
            let request = ModerationRequest(tasks, policy: .standard(for: tasks))
            return try run(models, .finished).result([frame], request, judge: ScriptedJudge().identity).finalDecision
        }
        #expect(try decision(["nudity"], [.nudityExplicit: 0.1, .nuditySuggestive: 0.9]) == .ok)
        #expect(try decision(["nudity"], [.nudityExplicit: 0.9, .nuditySuggestive: 0.1]) == .ko)
        #expect(try decision(["nudity.suggestive"], [.nuditySuggestive: 0.9]) == .ko)
        // As its frames are decided on while it runs.
        try await TestServer.with(
            judge: ScriptedJudge(scores: [.nudityExplicit: 0.04, .nuditySuggestive: 0.9])
        ) { server in
            let media = try await media(submit(server, "media=@\(Self.clip)", "models=nudity", "interval=5"))
            _ = try await finished(server, media)
            #expect(try await server.store.job(media)?.decision == .ok)
        }
    }

    private func run(_ models: [String], _ status: StoredJob.Status, missed: String? = nil) throws -> JobSnapshot {
        let order = JobOrder(
            media: "m", request: "r", uri: "a.mp4", source: .file("a.mp4"), models: models, interval: 1,
            maxDuration: 60,
            callback: nil, thresholds: [:], quota: nil)
        var job = StoredJob(media: "m", key: "k", started: 0, order: try JSONEncoder().encode(order))
        (job.status, job.missed) = (status, missed)
        let listed = Store.ListedJob(job: job, epoch: 1, taken: nil, host: nil, pid: nil, leaseLeft: nil, callbacks: 0)
        return JobSnapshot(listed: listed, order: order, state: nil)
    }

    @Test(arguments: [
        (StoredJob.Status.finished, nil, 1, Decision.ok), (.ongoing, nil, 1, .undetermined),
        (.stopped, nil, 1, .undetermined), (.finished, "It broke off.", 1, .undetermined),
        (.finished, nil, 2, .undetermined),
    ])
    func `a run's report is OK only if it is over and all of the input was seen`(
        status: StoredJob.Status, missed: String?, first: Int, decision: Decision
    ) throws {
        let frame = JobFrame(number: first, position: 0, judgement: Judgement(probabilities: [.nudityExplicit: 0.1]))
        let tasks = [ModerationTask(name: "nudity.explicit", categories: [.nudityExplicit])]
        let result = try run(["nudity.explicit"], status, missed: missed)
            .result([frame], ModerationRequest(tasks), judge: ScriptedJudge().identity)
        #expect(result.finalDecision == decision)
    }

    @Test func `max_duration ends a video early`() async throws {
        try await TestServer.with { server in
            let answer = try await submit(server, "media=@\(Self.clip)", "models=nudity", "max_duration=3")
            let data = try await finished(server, try media(answer))
            #expect((data["frames"] as? [Any])?.count == 3)
        }
    }

    @Test func `a job is listed while it runs, can be stopped, and counts against the bound`() async throws {
        let gate = Gate()
        try await TestServer.with(judge: ScriptedJudge(gate: gate), configure: { $0.jobs = 1 }) {
            (server: TestServer) async throws in
            let id = try media(try await submit(server, "media=@\(Self.clip)", "models=nudity"))
            await gate.arrivals(1)
            let listed = try await server.curl("/1.0/video/ongoing.json?\(Self.query)")
            #expect(listed.text.contains(id))
            let another = try await submit(server, "media=@\(Self.clip)", "models=nudity")
            #expect(another.status == 429 && another.text.contains("usage_limit"))
            async let stopped = server.curl(
                "/1.0/video/byid.json", "-X", "DELETE", "-d", "\(Self.query)&id=\(id)")
            gate.open()
            #expect(try await stopped.status == 200)
            let status = try await data(server, id)["status"] as? String
            #expect(status == "stopped" || status == "finished")
            let after = try await server.curl("/1.0/video/ongoing.json?\(Self.query)")
            #expect(!after.text.contains(id))
        }
    }

    @Test func `a large file is sent ahead, once, to an address of its own`() async throws {
        try await TestServer.with { server in
            let place = try await server.curl("/1.0/upload/create-video.json?\(Self.query)").json()
            let address = try #require((place["upload"] as? [String: Any])?["url"] as? String)
            let sent = try #require((place["media"] as? [String: Any])?["id"] as? String)
            #expect(address.hasPrefix(server.base))
            let wrong = try await Answer.of([
                "\(server.base)/1.0/upload/\(sent)?token=guess", "-X", "PUT", "--data-binary", "@\(Self.clip)",
            ])
            #expect(wrong.status == 400 && wrong.text.contains("9301"))
            let put = ["-X", "PUT", "--data-binary", "@\(Self.clip)"]
            #expect(try await Answer.of([address] + put).status == 200)
            #expect(try await Answer.of([address] + put).status == 400)
            let id = try media(try await submit(server, "media_id=\(sent)", "models=nudity"))
            #expect(id != sent)
            let data = try await finished(server, id)
            #expect((data["frames"] as? [Any])?.count == 10)
            let again = try await submit(server, "media_id=\(sent)", "models=nudity")
            #expect(again.text.contains("9301"))
        }
    }

    @Test(
        "what cannot be done is refused in the service's words",
        arguments: [
            (["models=nudity"], "\"code\":4"),
            (["media=@\(clip)"], "\"code\":51"),
            (["media=@\(clip)", "models=nudity", "callback_url=protocol://x"], "9201"),
            (["media=@\(clip)", "models=nudity", "stream_url=http://127.0.0.1/"], "9103"),
            (["stream_url=file:///etc/passwd", "models=nudity"], "9003"),
            (["media=@\(clip)", "models=nudity", "interval=0"], "9103"),
            (["media=@\(clip)", "models=nudity", "callthreshold_drugs=2"], "9103"),
            (["media=@\(clip)", "models=nudity", "max_duration=3601"], "9103"),
            (["media_id=med_../../x", "models=nudity"], "9301"),
        ])
    func refusals(_ fields: [String], _ code: String) async throws {
        try await TestServer.with { server in
            let answer = try await Answer.of(
                ["\(server.base)/1.0/video/check.json"] + Self.credentials + fields.flatMap { ["-F", $0] })
            #expect(answer.status == 400 && answer.text.contains(code), "\(answer.text)")
        }
    }

    @Test func `a job of another key is not known`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let keys = folder.url.appending(path: "keys.yaml")
        try Data(
            """
            keys:
              - {name: one, key: 1111111111111111, user: u1}
              - {name: two, key: 2222222222222222, user: u2}
            """.utf8
        ).write(to: keys)
        try FileManager.default.setAttributes([.posixPermissions: 0o600], ofItemAtPath: keys.path)
        try await TestServer.with(configure: { $0.keys = try KeyFile(path: keys.path) }) {
            (server: TestServer) async throws in
            let answer = try await Answer.of([
                "\(server.base)/1.0/video/check.json", "-F", "api_user=u1", "-F", "api_secret=1111111111111111", "-F",
                "models=nudity", "-F", "media=@\(Self.clip)",
            ])
            let id = try media(answer)
            let own = try await server.curl(
                "/1.0/video/byid.json?api_user=u1&api_secret=1111111111111111&id=\(id)")
            #expect(own.status == 200)
            let other = try await server.curl(
                "/1.0/video/byid.json?api_user=u2&api_secret=2222222222222222&id=\(id)")
            #expect(other.status == 400 && other.text.contains("9301"))
        }
    }

    @Test func `a stored job of a process that is gone goes on where its judgements end`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try Store(folder: folder.url)
        let video = folder.url.appending(path: "video").path
        try FileManager.default.copyItem(atPath: Self.clip, toPath: video)
        let order = JobOrder(
            media: "med_1", request: "req_1", uri: "clip", source: .file(video), models: ["nudity"], interval: 1,
            maxDuration: 1800, callback: nil, thresholds: [:], quota: nil)
        do {
            let other = try Store(folder: folder.url)
            var job = StoredJob(media: "med_1", key: "anybody", started: 1, order: try JSONEncoder().encode(order))
            job.updated = Date().timeIntervalSince1970
            try await other.keep(job)
            let taken = try #require(try await other.takeJob("med_1"))
            // A score no judge here gives, so that it shows who judged what.
            let kept = Judgement(probabilities: [.nudityExplicit: 0.123])
            var note = JobNote(.ongoing)
            note.frames = (1...6).map { JobFrame(number: $0, position: ($0 - 1) * 1000, judgement: kept) }
            try await other.note(note, by: taken.claim, now: 2)
        }
        try await TestServer.with(store: store, configure: { $0.stateFolder = folder.url }) {
            (server: TestServer) async throws in
            let data = try await finished(server, "med_1")
            let frames = try #require(data["frames"] as? [[String: Any]])
            let scores = frames.map { ($0["nudity"] as? [String: Any])?["raw"] as? Double }
            #expect(scores.count == 10)
            #expect(scores.prefix(6).allSatisfy { $0 == 0.123 } && scores.dropFirst(6).allSatisfy { $0 != 0.123 })
            #expect(!FileManager.default.fileExists(atPath: video))
        }
    }

    @Test func `callbacks that a receiver has no room for are counted, and the judgements kept`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try Store(folder: folder.url)
        try await store.keep(StoredJob(media: "med_1", key: "k", started: 1, order: Data()))
        let claim = try #require(try await store.takeJob("med_1")).claim
        func note(_ number: Int, _ callbacks: Range<Int>) async throws -> Int {
            var note = JobNote(.ongoing)
            note.frames = [JobFrame(number: number, position: number * 1000, judgement: nil)]
            note.callbacks = callbacks.map {
                NewCallback(id: "evt_\($0)", url: "http://r", body: Data(), isGuarded: false)
            }
            return try await store.note(note, by: claim, now: 2).dropped
        }
        #expect(try await note(1, 0..<1000) == 0)
        #expect(try await note(2, 1000..<1003) == 3)
        #expect(try await store.frames(ofJob: "med_1").map(\.number) == [1, 2])
    }
}
