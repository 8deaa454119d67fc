import Moderation
import Testing

/// A live timeline whose hits are looked at again, or have to last.
@Suite struct LaterLookTests {
    private let asked: Set<ContentCategory> = [.weapon]

    private struct Line {
        var timeline: RuleEngine
        var changes: [RuleEngine.Change] = []
        var looks: [LiveLook] = []
        private var index = 0

        init(_ timeline: RuleEngine) { self.timeline = timeline }

        mutating func add(_ text: String) {
            for character in text {
                let judgement = character.wholeNumberValue.map {
                    Judgement(probabilities: [.weapon: Double($0) / 10])
                }
                let sample = TimelineSample(
                    index: index, position: index * 1000, time: nil, judgement: judgement,
                    reused: false, failure: nil)
                index += 1
                changes += timeline.add(sample).changes
                looks += timeline.takeLooks()
            }
        }

        mutating func settle(_ standing: Standing, start: Int? = nil) {
            changes += timeline.settle(looks.removeFirst(), standing, start: start)
        }

        mutating func end() { changes += timeline.interrupt(at: index * 1000) }

        var told: [String] {
            changes.map { change in
                let word =
                    switch change {
                    case .opened: "opened"
                    case .updated: "updated"
                    case .closed: "closed"
                    case .dismissed: "dismissed"
                    }
                let segment = change.segment
                return "\(word) \(segment.id) \(segment.start)-\(segment.end.map(String.init) ?? "") "
                    + (segment.standing?.rawValue ?? "-")
            }
        }
    }

    private func line(_ policy: Policy) -> Line { Line(RuleEngine(asked: asked, policy: policy)) }

    @Test func `a hit is told at once, and withdrawn when the pictures beside it disagree`() {
        var line = line(Policy(rule: .window(hits: 1, of: 2), confirm: Confirmation()))
        line.add("090")
        #expect(line.told == ["opened 1 1000- unconfirmed"] && line.looks.map(\.hit.position) == [1000])
        #expect(line.looks.map(\.before?.position) == [0])
        #expect(line.timeline.tally.ko == 1 && line.timeline.decision(isComplete: true) == .ko)
        line.settle(.refuted)
        #expect(line.told.last == "closed 1 1000-2000 refuted")
        #expect(line.timeline.tally.ko == 0 && line.timeline.tally.ok == 3 && line.timeline.refuted == 1)
        #expect(line.timeline.decision(isComplete: true) == .ok)
    }

    @Test func `a hit that is confirmed stays, and begins where the look says`() {
        var line = line(Policy(confirm: Confirmation()))
        line.add("099")
        line.settle(.confirmed, start: 400)
        line.add("0")
        #expect(line.told == ["opened 1 1000- unconfirmed", "updated 1 400- confirmed", "closed 1 400-3000 confirmed"])
        #expect(line.timeline.decision(isComplete: true) == .ko && line.timeline.tally.ko == 2)
    }

    @Test func `what nobody could look at stays a hit`() {
        var line = line(Policy(confirm: Confirmation()))
        line.add("090")
        line.settle(.unconfirmed)
        #expect(line.told.last == "closed 1 1000-2000 unconfirmed" && line.timeline.tally.ko == 1)
    }

    @Test func `after a refuted hit the next one is a segment of its own`() {
        var line = line(Policy(confirm: Confirmation()))
        line.add("09")
        line.add("9")
        line.settle(.refuted)
        line.add("9")
        #expect(line.looks.map(\.hit.position) == [3000])
        line.settle(.confirmed)
        line.end()
        #expect(line.told.last == "closed 2 3000-4000 confirmed" && line.timeline.tally.ko == 1)
    }

    @Test(
        "its segments and counts are those of the whole timeline",
        arguments: ["0900990", "99900", "0?99", "00999099", "466946449"],
        [
            Policy(minDuration: 2000), Policy(gap: 1000, minDuration: 3000), Policy(closeThreshold: 0.4),
            Policy(closeThreshold: 0.4, minDuration: 2000),
        ])
    func smoothing(_ text: String, _ policy: Policy) {
        var line = line(policy)
        line.add(text)
        line.end()
        let samples = text.enumerated().map { index, character in
            let judgement = character.wholeNumberValue.map { Judgement(probabilities: [.weapon: Double($0) / 10]) }
            return TimelineSample(
                index: index, position: index * 1000, time: nil, judgement: judgement,
                verdict: Verdict(judgement, asked: asked, policy: policy), reused: false, failure: nil)
        }
        let whole = Timeline(samples: samples, end: text.count * 1000, asked: asked, policy: policy)
        let closed = line.changes.compactMap { change -> LiveSegment? in
            if case .closed(let segment) = change { segment } else { nil }
        }
        #expect(closed.map(\.start) == whole.segments.map(\.start))
        #expect(closed.map(\.end) == whole.segments.map(\.end))
        #expect(line.timeline.tally == whole.tally)
        #expect(line.timeline.decision(isComplete: true) == whole.decision)
    }

    @Test func `the look itself is weighed by the rules of files`() {
        var line = line(Policy(confirm: Confirmation()))
        line.add("090")
        let after = TimelineSample(
            index: 2, position: 2000, time: nil, judgement: Judgement(probabilities: [.weapon: 0]),
            verdict: Verdict(Judgement(probabilities: [.weapon: 0]), asked: asked, policy: Policy()), reused: false,
            failure: nil)
        func weigh(_ hits: ClosedRange<Int>) -> (Standing, start: Int?) {
            let dense = (1...19).filter { $0 != 10 }.map { tenth in
                DenseSample(
                    position: tenth * 100, time: nil,
                    judgement: Judgement(probabilities: [.weapon: hits.contains(tenth) ? 0.9 : 0.1]))
            }
            return line.looks[0].standing(dense, after: after, policy: Policy(confirm: Confirmation()))
        }
        #expect(weigh(6...14) == (.confirmed, 600))
        #expect(weigh(9...11) == (.refuted, nil))
        #expect(line.looks[0].standing([], after: after, policy: Policy(confirm: Confirmation())).0 == .unconfirmed)
    }
}
