import Foundation
import FrameSampling
import Moderation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// Takes a red picture for a QR code.
private let redness = ScriptedJudge([.qr], concurrency: 2) { question in
    let pixel = try question.still.pixels(.rgb, width: 1, height: 1)
    return pixel[0] > 200 && pixel[2] < 50 ? 1 : 0
}

private func check(_ input: VideoInput, _ judge: ScriptedJudge = redness) -> Check {
    Check(
        input: input, judge: judge, request: ModerationRequest([ModerationTask(name: "qr", categories: [.qr])]))
}

/// OK means that everything was seen.
@Suite(.timeLimit(.minutes(2))) struct SeenTests {
    // MARK: Inputs that end early

    @Test(arguments: ["half.mp4", "half.mkv", "half.ts", "half.flv", "half.avi"])
    func `half a video is never OK`(name: String) async throws {
        let outcome = try await check(.path(Fixtures.broken(name))).run()
        #expect(outcome.timeline.tally.ok > 0 && outcome.timeline.tally.ko == 0)
        #expect(outcome.timeline.decision == .undetermined && !outcome.timeline.isComplete)
        #expect(outcome.result.status == .partial && outcome.result.sampling.truncated && outcome.result.note != nil)
    }

    @Test(arguments: ["h264-closed.mp4", "h264-open.mkv", "h264-open.ts", "h264-open.flv", "mpeg4.avi"])
    func `a whole video is OK`(name: String) async throws {
        let outcome = try await check(.path(Fixtures.matrix(name))).run()
        #expect(outcome.timeline.decision == .ok && outcome.timeline.isComplete && outcome.result.status == .success)
    }

    @Test func `half a video that shows what is looked for is KO`() async throws {
        let outcome = try await check(.path(Fixtures.broken("half.mp4")), ScriptedJudge([.qr]) { _ in 1 }).run()
        #expect(outcome.timeline.decision == .ko && !outcome.timeline.isComplete)
    }

    @Test(arguments: [0.45, 1])
    func `a connection that breaks off is never OK`(share: Double) async throws {
        let server = try BreakingServer(file: Fixtures.folder.appending(path: "faststart.mp4"), share: share)
        defer { server.stop() }
        let outcome = try await check(.address(server.address + "/video.mp4")).run()
        #expect(outcome.timeline.decision == (share < 1 ? .undetermined : .ok), "\(outcome.result.note ?? "")")
    }

    /// A file made of another one, and what comes of it.
    private func result(of name: String, _ change: (Data) -> Data) async throws -> CheckOutcome {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: name)
        try change(try Data(contentsOf: URL(filePath: Fixtures.matrix(name)))).write(to: file)
        return try await check(.path(file.path)).run()
    }

    /// What the container says is all that tells: each of the pictures is there.
    @Test(arguments: [
        ("h264-closed.mp4", 0, [0, 0, 3, 0xE8] + Array("free".utf8)), ("h264-open.mkv", 10, []), ("mpeg4.avi", 10, []),
        ("h264-open.ts", 0, [0x47, 0x1F, 0xFF, 0x10]),
    ])
    func `a file that ends before its container says is never OK`(
        name: String, removed: Int, added: [UInt8]
    ) async throws {
        let outcome = try await result(of: name) { $0.dropLast(removed) + added }
        #expect(outcome.timeline.tally == Tally(ok: 6, ko: 0, undetermined: 0))
        #expect(outcome.timeline.decision == .undetermined && outcome.result.sampling.truncated)
    }

    @Test func `a transport stream that ends within a picture is never OK, even between two packets`() async throws {
        let packet = 188
        let outcome = try await result(of: "h264-open.ts") { $0.prefix($0.count / 2 / packet * packet) }
        #expect(outcome.timeline.tally.ok > 0 && outcome.timeline.decision == .undetermined)
        #expect(outcome.result.sampling.truncated)
    }

    @Test(arguments: [0.45, 1])
    func `a playlist whose entry breaks off is never OK`(share: Double) async throws {
        let server = try BreakingServer(file: URL(filePath: Fixtures.matrix("h264-open.ts")), share: share)
        defer { server.stop() }
        let outcome = try await check(.address(server.address + "/list.m3u8")).run()
        #expect(outcome.timeline.tally.ok > 0)
        #expect(outcome.timeline.decision == (share < 1 ? .undetermined : .ok), "\(outcome.result.note ?? "")")
    }

    // MARK: Video streams

    @Test func `every video stream is listed, and what was not looked at is said`() async throws {
        let outcome = try await check(.path(Fixtures.folder.appending(path: "streams/two.mkv").path)).run()
        #expect(outcome.timeline.decision == .ok)
        let streams = try #require(outcome.result.media.streams)
        #expect(streams.map(\.index) == [0, 1])
        #expect(streams.map(\.lookedAt) == [true, false])
        #expect(streams.first?.disposition == ["default"] && streams.last?.codec == "h264")
        #expect(streams.allSatisfy { $0.width == 64 && $0.height == 64 })
    }

    @Test(arguments: ["two.mkv", "two.mp4"])
    func `what is in a second video stream is found where all are looked at`(name: String) async throws {
        var check = check(.path(Fixtures.folder.appending(path: "streams/\(name)").path))
        check.streams = .all
        let outcome = try await check.run()
        let (timeline, streams) = (outcome.timeline, try #require(outcome.result.media.streams))
        #expect(timeline.decision == .ko && streams.allSatisfy(\.lookedAt))
        #expect(timeline.samples.map(\.position) == [0, 0, 1000, 1000, 2000, 2000, 3000, 3000])
        #expect(timeline.samples.map(\.stream) == [0, 1, 0, 1, 0, 1, 0, 1])
        #expect(timeline.segments.map(\.stream) == [1] && timeline.segments.map(\.start) == [2000])
        check.streams = .number(0)
        #expect(try await check.run().timeline.decision == .ok)
        check.streams = .number(1)
        #expect(try await check.run().timeline.samples.map(\.stream) == [1, 1, 1, 1])
        check.streams = .number(2)
        await #expect { try await check.run() } throws: { ($0 as? FrameSamplingError)?.code == .noStream }
    }

    @Test(arguments: [("sixteen.mkv", 16, Decision.ok), ("seventeen.mkv", 17, .undetermined)])
    func `more video streams than are looked at leave a video undetermined`(
        name: String, count: Int, decision: Decision
    ) async throws {
        var check = check(.path(Fixtures.folder.appending(path: "streams/\(name)").path))
        check.streams = .all
        let outcome = try await check.run()
        let streams = try #require(outcome.result.media.streams)
        #expect(streams.count == count && streams.count(where: \.lookedAt) == 16)
        #expect(outcome.timeline.decision == decision && (outcome.result.status == .success) == (decision == .ok))
    }

    @Test func `a run goes on in the stream and at the position where another ended`() async throws {
        var check = check(.path(Fixtures.folder.appending(path: "streams/two.mp4").path))
        check.streams = .all
        check.resumption = .init(stream: 0, positions: 3)
        var samples = try await check.run().timeline.samples
        #expect(samples.filter { $0.stream == 0 }.map(\.position) == [3000])
        #expect(samples.filter { $0.stream == 1 }.map(\.position) == [0, 1000, 2000, 3000])
        check.resumption = .init(stream: 1, positions: 2, others: [0])
        samples = try await check.run().timeline.samples
        #expect(samples.map(\.stream) == [1, 1] && samples.map(\.position) == [2000, 3000])
    }

    @Test func `a stream that another run could not look at is tried again`() async throws {
        var check = check(.path(Fixtures.folder.appending(path: "streams/sixteen.mkv").path))
        check.streams = .all
        check.resumption = .init(stream: 5, positions: 1, others: [0, 1, 2, 4])
        let streams = Set(try await check.run().timeline.samples.compactMap(\.stream))
        #expect(streams.isDisjoint(with: [0, 1, 2, 4]) && streams.isSuperset(of: [3, 6, 15]))
    }

    // MARK: Scores

    @Test(arguments: [Double.nan, .infinity, -.infinity])
    func `a score that is no number leaves a picture undetermined`(score: Double) async throws {
        let outcome = try await check(.path(Fixtures.matrix("h264-closed.mp4")), ScriptedJudge([.qr]) { _ in score })
            .run()
        #expect(outcome.timeline.tally.undetermined == 6 && outcome.timeline.decision == .undetermined)
    }

    // MARK: What senders claim

    @Test func `a picture that claims to come days later hides nothing of what comes before`() async throws {
        let sampler = try await FrameSampler.open(
            .path(Fixtures.folder.appending(path: "claims/comes-days-later.mkv").path), options: SamplingOptions())
        var positions: [Int] = []
        while positions.count < 6, let sample = try await sampler.next() { positions.append(sample.position) }
        #expect(Set(positions).isSubset(of: Set((0..<10).map { $0 * 1000 })) && positions.count == 6)
    }

    @Test func `a live picture lasts until the next one, whatever it claims`() async throws {
        let (bells, bell) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let connection = try LiveConnection(
            .path(Fixtures.folder.appending(path: "claims/lasts-for-ages.mp4").path), options: LiveOptions()
        ) { bell.yield() }
        var positions = 0
        watching: for await _ in bells {
            while let event = connection.take() {
                switch event {
                case .sample:
                    positions += 1
                    if positions > 16 { break watching }
                case .ended: break watching
                case .opened: break
                }
            }
        }
        // Six seconds, and the ten that a last picture may claim at most.
        #expect((6...16).contains(positions))
    }
}
