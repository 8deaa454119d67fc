import Moderation
import Testing

@testable import FrameSampling
@testable import Pipeline

/// What is told of a stream, and what is to be done for it: without a clock, a network or a task.
@Suite struct StreamNarrationTests {
    private let timeBase = TimeBase(numerator: 1, denominator: 1000)

    private func narration() -> StreamNarration {
        StreamNarration(
            ModerationRequest([ModerationTask(name: "weapon", categories: [.weapon])]), tellsFrames: false)
    }

    private func report(end: Duration) -> LiveReport {
        LiveReport(
            packetsRead: 10, bytesRead: 1000, packetsDecoded: 5, picturesDecoded: 5, failures: 0, packetsUnusable: 0,
            positionsDropped: 0, silence: .zero, end: end, heldBytes: 0)
    }

    private func sample(at seconds: Int, reused: Bool = false) -> LiveSample {
        LiveSample(
            position: .seconds(seconds), continuity: 0, gap: .zero,
            time: MediaTime(pts: Int64(seconds * 1000), timeBase: timeBase), age: .milliseconds(40), waited: .zero,
            reused: reused, damaged: false, dropped: false, picture: nil)
    }

    private func judged(_ probability: Double) -> JudgingOutcome {
        .judged(Judgement(probabilities: [.weapon: probability]), .init())
    }

    /// What happens, a word each.
    private func words(_ actions: [StreamNarration.Action]) -> [String] {
        actions.compactMap { action in
            switch action {
            case .connect: "connect"
            case .disconnect: "disconnect"
            case .wake(let delay): "wake after \(delay)"
            case .tell(.state(let change), let place): "\(change.state) at \(place.position)"
            case .tell(.summary(let summary), let place): "summary \(summary.decision.rawValue) at \(place.position)"
            case .tell: "event"
            case .sample(let sample): "\(sample.verdict.decision.rawValue) at \(sample.position)"
            case .segment(.opened(let segment), _): "opened at \(segment.start)"
            case .segment(.updated(let segment), _): "updated from \(segment.start)"
            case .segment(.closed(let segment), _): "closed at \(segment.end ?? -1)"
            case .segment(.dismissed, _): "dismissed"
            case .look(let hits, _): hits.isEmpty ? nil : "look at \(hits.count)"
            case .writeClips: nil
            }
        }
    }

    /// Receives a sample and decides it, one second after the other.
    private func live(
        _ narration: inout StreamNarration, _ seconds: Int, _ outcome: JudgingOutcome, reused: Bool = false
    ) -> [String] {
        let now = Duration.seconds(100 + seconds)
        let (position, actions) = narration.received(sample(at: seconds, reused: reused), isNext: true, now: now)
        return words(actions + narration.decided(position, outcome, now: now))
    }

    @Test func `a stream is told of from its connection to its summary`() {
        var narration = narration()
        #expect(words(narration.start(now: .seconds(100))) == ["connecting at 0", "connect"])
        #expect(live(&narration, 0, judged(0.1)) == ["live at 0", "OK at 0"])
        #expect(live(&narration, 1, judged(0.9)) == ["KO at 1000", "opened at 1000"])
        #expect(live(&narration, 2, .repeated, reused: true) == ["KO at 2000"])
        #expect(live(&narration, 3, judged(0.1)) == ["OK at 3000", "closed at 3000"])
        let last = report(end: .seconds(4))
        let stopped = narration.stop(.ended, reason: "stopped", last, now: .seconds(104))
        #expect(words(stopped) == ["disconnect", "ended at 4000"])
        let (summary, actions) = narration.finish(JudgingCounts(), looks: 0, nil, nil, now: .seconds(104))
        #expect(words(actions) == ["disconnect", "summary KO at 4000"])
        #expect(summary.tally == Tally([.ok, .ko, .ko, .ok]) && summary.reason == "stopped" && summary.segments == 1)
        #expect(summary.connections == 1 && summary.packetsRead == 10)
    }

    @Test func `a lost connection closes its segments, and what comes later is told after what was missed`() {
        var narration = narration()
        _ = narration.start(now: .seconds(100))
        _ = live(&narration, 0, judged(0.9))
        let lost = narration.lost(.lost("reset"), report(end: .seconds(1)), random: 1, now: .seconds(101))
        #expect(words(lost) == ["disconnect", "closed at 1000", "wake after 1.0 seconds", "reconnecting at 1000"])
        #expect(words(narration.tick(nil, now: .seconds(101.5))) == [])
        #expect(words(narration.tick(nil, now: .seconds(102))) == ["connect"])
        // Five seconds later than it was lost.
        let (position, told) = narration.received(
            sample(at: 0), isNext: true, now: .seconds(106) + .milliseconds(40))
        #expect(position.position == 6000)
        #expect(words(told) == ["live at 6000"])
        guard case .tell(.state(let change), _)? = told.first else {
            Issue.record("no state was told")
            return
        }
        #expect(change.gap == 1000..<6000)
        _ = narration.decided(position, judged(0.1), now: .seconds(107))
        let ending = narration.stop(.ended, reason: nil, report(end: .seconds(1)), now: .seconds(107))
        #expect(words(ending) == ["disconnect", "ended at 7000"])
        let (summary, _) = narration.finish(JudgingCounts(), looks: 0, nil, nil, now: .seconds(107))
        #expect(summary.gaps == 1 && summary.gapTime == 5000 && summary.connections == 2)
    }

    @Test func `what was missed is told only once everything before it is decided`() {
        var narration = narration()
        _ = narration.start(now: .seconds(100))
        let (first, live) = narration.received(sample(at: 0), isNext: true, now: .seconds(100))
        #expect(words(live) == ["live at 0"])
        let anew = LiveSample(
            position: .seconds(4), continuity: 1, gap: .seconds(3), time: MediaTime(pts: 0, timeBase: timeBase),
            age: .zero, waited: .zero, reused: false, damaged: false, dropped: false, picture: nil)
        let (second, early) = narration.received(anew, isNext: false, now: .seconds(104))
        #expect(words(early) == [])
        let now = Duration.seconds(104)
        #expect(words(narration.decided(first, judged(0.9), now: now)) == ["KO at 0", "opened at 0"])
        #expect(
            words(narration.decided(second, judged(0.1), now: now)) == [
                "closed at 1000", "live at 4000", "OK at 4000",
            ])
    }

    @Test func `a stream that failed is not OK, whatever was seen before; one that ended is`() {
        for (loss, decision) in [(ConnectionLoss.refused("401"), Decision.undetermined), (.finished, .ok)] {
            var narration = narration()
            _ = narration.start(now: .seconds(100))
            _ = live(&narration, 0, judged(0.1))
            _ = narration.lost(loss, report(end: .seconds(1)), random: 1, now: .seconds(101))
            let (summary, _) = narration.finish(JudgingCounts(), looks: 0, nil, nil, now: .seconds(101))
            #expect(summary.decision == decision)
        }
    }

    @Test func `a service that watches a stream itself is told of in the same way`() {
        var narration = narration()
        #expect(words(narration.start(now: .zero)).first == "connecting at 0")
        let frames = [0.1, 0.9, 0.1, nil].enumerated().map { index, probability in
            NativeFrame(
                position: index * 1000, judgement: probability.map { Judgement(probabilities: [.weapon: $0]) })
        }
        let told = frames.map { words(narration.heard($0, until: $0.position + 1000, now: .zero)) }
        #expect(
            told == [
                ["live at 0", "OK at 0"], ["KO at 1000", "opened at 1000"], ["OK at 2000", "closed at 2000"],
                ["UNDETERMINED at 3000"],
            ])
        #expect(narration.status("s", nil).lastHit == 1000)
        #expect(words(narration.stop(.ended, reason: nil, nil, now: .zero)) == ["disconnect", "ended at 4000"])
        let (summary, _) = narration.finish(JudgingCounts(), looks: 0, Spending(), nil, now: .zero)
        #expect(summary.decision == .ko && summary.connections == 1)
    }
}
