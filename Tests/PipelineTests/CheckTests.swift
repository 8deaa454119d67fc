import Foundation
import FrameSampling
import Moderation
import Pipeline
import Synchronization
import TestSupport
import Testing

/// Judges by position in the order asked, as a test wants it.
private final class ScriptedJudge: ImageJudge {
    let identity = JudgeIdentity(name: "scripted", version: "1")
    let categories: Set<Moderation.Category> = [.qr]
    let concurrency = 3
    private let answer: @Sendable (DecodedPicture) throws -> Double
    let asked = Mutex(0)
    let running = Mutex((now: 0, most: 0))
    private struct Weak {
        weak var picture: DecodedPicture?
    }
    private let seen = Mutex<[Weak]>([])
    let mostAlive = Mutex(0)

    init(_ answer: @escaping @Sendable (DecodedPicture) throws -> Double) { self.answer = answer }

    func judge(_ still: any Still, for categories: Set<Moderation.Category>) async throws -> Judgement {
        asked.withLock { $0 += 1 }
        running.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        defer { running.withLock { $0.now -= 1 } }
        await Task.yield()
        guard let picture = still as? DecodedPicture else { return Judgement(probabilities: [:]) }
        let alive = seen.withLock { seen in
            seen.append(Weak(picture: picture))
            return seen.count { $0.picture != nil }
        }
        mostAlive.withLock { $0 = max($0, alive) }
        return Judgement(probabilities: [.qr: try answer(picture)])
    }
}

/// Reads the same line in the same place of every picture.
private struct ReadingJudge: ImageJudge {
    let identity = JudgeIdentity(name: "reading", version: "1")
    let categories: Set<Moderation.Category> = [.textArtificial, .textNatural]
    let concurrency = 2

    func judge(_ still: any Still, for categories: Set<Moderation.Category>) -> Judgement {
        let corners = [(0.3, 0.5), (0.6, 0.5), (0.6, 0.6), (0.3, 0.6)].map { Face.Point(x: $0.0, y: $0.1) }
        var judgement = Judgement(probabilities: [.textArtificial: 0, .textNatural: 0.9])
        judgement.findings.lines = [TextLine(text: "Hello", confidence: 0.9, corners: corners, origin: .natural)]
        return judgement
    }
}

private struct Refusal: Error {}

private func check(_ path: String, _ judge: ScriptedJudge, interval: Double = 1) throws -> Check {
    var sampling = SamplingOptions()
    sampling.interval = .seconds(interval)
    let tasks = [ModerationTask(name: "qr", categories: [.qr])]
    return Check(input: .path(path), judge: judge, tasks: tasks, policy: Policy(), sampling: sampling)
}

@Suite struct CheckTests {
    @Test func `samples come back in order, whatever order they were judged in`() async throws {
        let outcome = try await check(Fixtures.matrix("h264-open.mp4"), ScriptedJudge { _ in 0 }, interval: 0.04).run()
        #expect(outcome.timeline.samples.map(\.index) == Array(0..<150))
        #expect(outcome.timeline.samples.map(\.position) == (0..<150).map { $0 * 40 })
        #expect(outcome.result.status == .success && outcome.timeline.decision == .ok)
    }

    @Test(arguments: [("slideshow.mp4", TextLine.Origin.artificial), ("../.deps/fixtures/stills/odd.png", .natural)])
    func `text that stays while the pictures change is laid over the video`(
        name: String, origin: TextLine.Origin
    ) async throws {
        let tasks = [ModerationTask(name: "text", categories: [.textArtificial, .textNatural])]
        let outcome = try await Check(
            input: .path(Fixtures.sample(name)), judge: ReadingJudge(), tasks: tasks, policy: Policy(),
            sampling: SamplingOptions()
        ).run()
        let judgements = outcome.timeline.samples.compactMap(\.judgement)
        #expect(!judgements.isEmpty && judgements.allSatisfy { $0.findings.lines?.first?.origin == origin })
        let isArtificial = origin == .artificial
        #expect(judgements.allSatisfy { $0.probabilities[.textArtificial] == (isArtificial ? 0.9 : 0) })
        #expect(outcome.timeline.rejected == [isArtificial ? .textArtificial : .textNatural])
    }

    @Test func `a bounded number of pictures is judged at once`() async throws {
        let judge = ScriptedJudge { _ in 0 }
        _ = try await check(Fixtures.matrix("h264-open.mp4"), judge, interval: 0.04).run()
        let most = judge.running.withLock { $0.most }
        #expect((1...judge.concurrency + 1).contains(most))
    }

    @Test func `a picture on screen for several positions is judged once and counts at each`() async throws {
        let judge = ScriptedJudge { _ in 1 }
        let outcome = try await check(Fixtures.sample("slideshow.mp4"), judge).run()
        #expect(outcome.timeline.tally.ko == 10)
        #expect(judge.asked.withLock { $0 } == 4)
        #expect(outcome.result.cost.requests == 4 && outcome.result.cost.reused == 6)
    }

    @Test(arguments: 1...5)
    func `pictures of groups that arrive mixed are not taken for each other`(run: Int) async throws {
        // Four of its pictures are not coded: the picture before is found only on a second look, after other groups.
        let judge = ScriptedJudge { picture in
            let sum = try picture.decodedBytes().reduce(into: UInt32(1)) { $0 = $0 &* 31 &+ UInt32($1) }
            return Double(sum % 9973) / 9973
        }
        let outcome = try await check(Fixtures.matrix("mpeg4-not-coded.avi"), judge, interval: 0.04).run()
        let scores = Dictionary(grouping: outcome.timeline.samples) { $0.time?.pts }
            .mapValues { samples in Set(samples.map { $0.judgement?.probabilities[.qr] }) }
        #expect(scores.count == 146 && outcome.timeline.samples.count == 150)
        #expect(scores.values.allSatisfy { $0.count == 1 })
        #expect(Set(scores.values).count >= 140)
        #expect(judge.asked.withLock { $0 } == 146)
    }

    @Test func `a judge that fails leaves pictures undetermined, with the reason`() async throws {
        let outcome = try await check(Fixtures.matrix("h264-open.mp4"), ScriptedJudge { _ in throw Refusal() }).run()
        #expect(outcome.timeline.tally.undetermined == 6)
        #expect(outcome.timeline.decision == .undetermined && outcome.result.status == .partial)
        #expect(outcome.timeline.samples.allSatisfy { $0.failure?.contains("Refusal") == true })
    }

    @Test func `a broken picture is undetermined and never shown to the judge`() async throws {
        let judge = ScriptedJudge { _ in 0 }
        let outcome = try await check(Fixtures.broken("garbage.ts"), judge).run()
        let tally = outcome.timeline.tally
        #expect(tally.undetermined > 0 && tally.ok > 0 && tally.total == 6)
        #expect(judge.asked.withLock { $0 } == tally.ok)
        #expect(outcome.timeline.decision == .undetermined && outcome.result.sampling.failures > 0)
    }

    @Test func `a truncated file is judged as far as it goes, and called partial`() async throws {
        let outcome = try await check(Fixtures.matrix("truncated.mp4"), ScriptedJudge { _ in 0 }).run()
        #expect(outcome.result.status == .partial && outcome.timeline.tally.ok >= 3)
    }

    @Test func `stopping keeps what was judged`() async throws {
        let stop = StopSignal()
        let outcome = try await check(Fixtures.matrix("h264-open.mp4"), ScriptedJudge { _ in 0 }, interval: 0.04)
            .run(stop: stop) { if $0.tally.total == 5 { stop.stop() } }
        #expect(outcome.result.status == .partial && outcome.wasInterrupted)
        #expect((5..<150).contains(outcome.timeline.tally.ok))
        #expect(outcome.timeline.decision == .undetermined)
    }

    @Test func `memory holds records, not pictures`() async throws {
        let judge = ScriptedJudge { _ in 0 }
        _ = try await check(Fixtures.matrix("h264-open.mp4"), judge, interval: 0.04).run()
        // 150 pictures were judged; alive at once: those with the judge, and the last sample's.
        #expect((1...8).contains(judge.mostAlive.withLock { $0 }))
    }
}
