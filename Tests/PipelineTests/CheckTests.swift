import Foundation
import FrameSampling
import Moderation
import Pipeline
import Synchronization
import TestSupport
import Testing

private struct Refusal: Error {}

private func check(_ path: String, _ judge: ScriptedJudge, interval: Double = 1) throws -> Check {
    let tasks = [ModerationTask(name: "qr", categories: [.qr])]
    return Check(
        input: .path(path), judge: judge, request: ModerationRequest(tasks, interval: .seconds(interval)))
}

@Suite struct CheckTests {
    private func judge(_ answer: @escaping @Sendable (DecodedPicture) throws -> Double = { _ in 0 }) -> ScriptedJudge {
        ScriptedJudge([.qr], concurrency: 3) { question in
            await Task.yield()
            return try answer(try #require(question.still as? DecodedPicture))
        }
    }

    @Test func `samples come back in order, whatever order they were judged in`() async throws {
        let outcome = try await check(Fixtures.matrix("h264-open.mp4"), judge(), interval: 0.04).run()
        #expect(outcome.timeline.samples.map(\.index) == Array(0..<150))
        #expect(outcome.timeline.samples.map(\.position) == (0..<150).map { $0 * 40 })
        #expect(outcome.result.status == .success && outcome.timeline.decision == .ok)
    }

    @Test(arguments: [("slideshow.mp4", TextLine.Origin.artificial), ("../.deps/fixtures/stills/odd.png", .natural)])
    func `text that stays while the pictures change is laid over the video`(
        name: String, origin: TextLine.Origin
    ) async throws {
        // Reads the same line in the same place of every picture.
        let judge = ScriptedJudge(
            answer: { _ in
                let corners = [(0.3, 0.5), (0.6, 0.5), (0.6, 0.6), (0.3, 0.6)].map { Face.Point(x: $0.0, y: $0.1) }
                var judgement = Judgement(probabilities: [.textArtificial: 0, .textNatural: 0.9])
                judgement.findings.lines = [
                    TextLine(text: "Hello", confidence: 0.9, corners: corners, origin: .natural)
                ]
                return judgement
            }, categories: [.textArtificial, .textNatural], concurrency: 2)
        let tasks = [ModerationTask(name: "text", categories: [.textArtificial, .textNatural])]
        let outcome = try await Check(
            input: .path(Fixtures.sample(name)), judge: judge, request: ModerationRequest(tasks)
        ).run()
        let judgements = outcome.timeline.samples.compactMap(\.judgement)
        #expect(!judgements.isEmpty && judgements.allSatisfy { $0.findings.lines?.first?.origin == origin })
        let isArtificial = origin == .artificial
        #expect(judgements.allSatisfy { $0.probabilities[.textArtificial] == (isArtificial ? 0.9 : 0) })
        #expect(outcome.timeline.rejected == [isArtificial ? .textArtificial : .textNatural])
    }

    @Test func `a document of more pages than are looked at is never OK`() async throws {
        let document = Fixtures.image("60-pages.pdf")
        let outcome = try await check(document, judge()).run()
        #expect(outcome.timeline.tally.ok == 50 && outcome.timeline.samples.count == 50)
        #expect(outcome.timeline.decision == .undetermined && outcome.result.finalDecision == .undetermined)
        #expect(outcome.result.note?.contains("only the first 50 pages are looked at") == true)
        // What is found on the pages that are looked at counts.
        #expect(try await check(document, judge { _ in 1 }).run().timeline.decision == .ko)
        // The control: all of a shorter one is looked at.
        let short = try await check(Fixtures.image("3-pages.pdf"), judge()).run()
        #expect(short.timeline.decision == .ok && short.result.status == .success && short.timeline.tally.ok == 3)
    }

    @Test func `a second look at a document confirms a page by itself`() async throws {
        // Of the means of the three pages, the second's alone are as low.
        let judge = self.judge { picture in
            let color = try picture.pixels(.rgb, width: 1, height: 1)
            return color[0] < 215 && color[2] < 230 ? 1 : 0
        }
        let check = Check(
            input: .path(Fixtures.image("3-pages.pdf")), judge: judge,
            request: ModerationRequest(
                [ModerationTask(name: "qr", categories: [.qr])], policy: Policy(confirm: Confirmation()),
                interval: .seconds(10)))
        let outcome = try await check.run()
        #expect(outcome.timeline.samples.map(\.verdict.decision) == [.ok, .ko, .ok])
        #expect(outcome.timeline.decision == .ko)
        #expect(judge.asked.count == 3, "no page is judged twice")
    }

    @Test func `a bounded number of pictures is judged at once`() async throws {
        let judge = self.judge()
        _ = try await check(Fixtures.matrix("h264-open.mp4"), judge, interval: 0.04).run()
        #expect((1...judge.concurrency + 1).contains(judge.maxConcurrency))
    }

    @Test func `a picture on screen for several positions is judged once and counts at each`() async throws {
        let judge = self.judge { _ in 1 }
        let outcome = try await check(Fixtures.sample("slideshow.mp4"), judge).run()
        #expect(outcome.timeline.tally.ko == 10)
        #expect(judge.asked.count == 4)
        #expect(outcome.result.cost.requests == 4 && outcome.result.cost.reused == 6)
    }

    @Test(arguments: 1...5)
    func `pictures of groups that arrive mixed are not taken for each other`(run: Int) async throws {
        // Four of its pictures are not coded: the picture before is found only on a second look, after other groups.
        let judge = self.judge { picture in
            let sum = try picture.decodedBytes().reduce(into: UInt32(1)) { $0 = $0 &* 31 &+ UInt32($1) }
            return Double(sum % 9973) / 9973
        }
        let outcome = try await check(Fixtures.matrix("mpeg4-not-coded.avi"), judge, interval: 0.04).run()
        let scores = Dictionary(grouping: outcome.timeline.samples) { $0.time?.pts }
            .mapValues { samples in Set(samples.map { $0.judgement?.probabilities[.qr] }) }
        #expect(scores.count == 146 && outcome.timeline.samples.count == 150)
        #expect(scores.values.allSatisfy { $0.count == 1 })
        #expect(Set(scores.values).count >= 140)
        #expect(judge.asked.count == 146)
    }

    @Test func `a judge that fails leaves pictures undetermined, with the reason`() async throws {
        let outcome = try await check(Fixtures.matrix("h264-open.mp4"), judge { _ in throw Refusal() }).run()
        #expect(outcome.timeline.tally.undetermined == 6)
        #expect(outcome.timeline.decision == .undetermined && outcome.result.status == .partial)
        #expect(outcome.timeline.samples.allSatisfy { $0.failure?.contains("Refusal") == true })
    }

    @Test func `a broken picture is undetermined and never shown to the judge`() async throws {
        let judge = self.judge()
        let outcome = try await check(Fixtures.broken("garbage.ts"), judge).run()
        let tally = outcome.timeline.tally
        #expect(tally.undetermined > 0 && tally.ok > 0 && tally.total == 6)
        #expect(judge.asked.count == tally.ok)
        #expect(outcome.timeline.decision == .undetermined && outcome.result.sampling.failures > 0)
    }

    @Test func `a truncated file is judged as far as it goes, and called partial`() async throws {
        let outcome = try await check(Fixtures.matrix("truncated.mp4"), judge()).run()
        #expect(outcome.result.status == .partial && outcome.timeline.tally.ok >= 3)
    }

    @Test func `stopping keeps what was judged`() async throws {
        let stop = StopSignal()
        let outcome = try await check(Fixtures.matrix("h264-open.mp4"), judge(), interval: 0.04)
            .run(stop: stop) { if $0.tally.total == 5 { stop.stop() } }
        #expect(outcome.result.status == .partial && outcome.wasInterrupted)
        #expect((5..<150).contains(outcome.timeline.tally.ok))
        #expect(outcome.timeline.decision == .undetermined)
    }

    @Test func `memory holds records, not pictures`() async throws {
        struct Weak {
            weak var picture: DecodedPicture?
        }
        let seen = Mutex<[Weak]>([]), maxAlive = Mutex(0)
        let judge = self.judge { picture in
            let alive = seen.withLock { seen in
                seen.append(Weak(picture: picture))
                return seen.count { $0.picture != nil }
            }
            maxAlive.withLock { $0 = max($0, alive) }
            return 0
        }
        _ = try await check(Fixtures.matrix("h264-open.mp4"), judge, interval: 0.04).run()
        // 150 pictures were judged; alive at once: those with the judge, and the last sample's.
        #expect((1...8).contains(maxAlive.withLock { $0 }))
    }
}
