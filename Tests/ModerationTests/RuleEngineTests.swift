import Moderation
import Testing

@Suite struct RuleEngineTests {
    private let asked: Set<ContentCategory> = [.weapon]

    private func sample(_ index: Int, _ probability: Double?, position: Int? = nil) -> TimelineSample {
        let judgement = probability.map { Judgement(probabilities: [.weapon: $0]) }
        return TimelineSample(
            index: index, position: position ?? index * 1000, time: nil, judgement: judgement,
            verdict: Verdict(judgement, asked: asked, policy: Policy()), reused: false, failure: nil)
    }

    /// As text: a digit is a probability in tenths, `?` was not judged.
    private func samples(_ text: String) -> [TimelineSample] {
        text.enumerated().map {
            sample($0.offset, $0.element == "?" ? nil : Double(String($0.element)).map { $0 / 10 })
        }
    }

    private func run(_ text: String, policy: Policy = Policy()) -> (RuleEngine, [RuleEngine.Change]) {
        var timeline = RuleEngine(asked: asked, policy: policy)
        var changes = samples(text).flatMap { timeline.add($0).changes }
        changes += timeline.interrupt(at: text.count * 1000)
        return (timeline, changes)
    }

    @Test(
        "its segments are those of the whole timeline, told as they come",
        arguments: ["0099900", "9", "0909", "990?99", "????", "0000", "99999999999999999999999"], [0, 1500, 3000])
    func segments(_ text: String, _ gap: Int) {
        let policy = Policy(gap: gap)
        let whole = Timeline(samples: samples(text), end: text.count * 1000, asked: asked, policy: policy)
        let (timeline, changes) = run(text, policy: policy)
        let closed = changes.compactMap { change -> LiveSegment? in
            if case .closed(let segment) = change { segment } else { nil }
        }
        #expect(closed.map(\.start) == whole.segments.map(\.start))
        #expect(closed.map(\.end) == whole.segments.map(\.end))
        #expect(closed.map(\.count) == whole.segments.map(\.count))
        #expect(closed.map(\.peakPosition) == whole.segments.map(\.peak.position))
        #expect(timeline.tally == whole.tally)
        #expect(timeline.segments == closed.count)
    }

    @Test(
        "its decision is that of the whole timeline",
        arguments: ["0099900", "0000", "00?0", "", "9090909", "0990"],
        [Policy.Rule.any, .atLeast(3), .ratio(0.5), .window(hits: 2, of: 3)])
    func decisions(_ text: String, _ rule: Policy.Rule) {
        let policy = Policy(rule: rule)
        let (timeline, _) = run(text, policy: policy)
        let whole = Timeline(samples: samples(text), end: text.count * 1000, asked: asked, policy: policy)
        #expect(timeline.decision(isComplete: true) == whole.decision)
    }

    @Test func `what was missed is never OK`() {
        let (timeline, _) = run("000")
        #expect(timeline.decision(isComplete: true) == .ok)
        #expect(timeline.decision(isComplete: false) == .undetermined)
    }

    @Test func `a segment is updated at each new peak, and else every ten seconds`() {
        let (_, changes) = run("6789" + String(repeating: "6", count: 24))
        let updates = changes.compactMap { change -> Int? in
            if case .updated(let segment) = change { segment.count } else { nil }
        }
        // The 2nd to 4th are peaks; then ten seconds after the last of them, and again.
        #expect(updates == [2, 3, 4, 14, 24])
    }

    @Test func `a gap closes what is open where the picture ended`() {
        var timeline = RuleEngine(asked: asked, policy: Policy(gap: 5000))
        _ = timeline.add(sample(0, 0.9))
        let changes = timeline.interrupt(at: 640)
        #expect(changes.map(\.segment.end) == [640])
        #expect(timeline.add(sample(1, 0.9, position: 3000)).changes.map(\.segment.id) == [2])
    }
}

@Suite struct LagHistogramTests {
    @Test func `quantiles are right to a twentieth, in constant memory`() {
        var lags = LagHistogram()
        for value in 1...10_000 { lags.add(value) }
        for (share, exact) in [(0.5, 5000), (0.99, 9900), (1, 10_000)] {
            let found = lags.quantile(share) ?? 0
            #expect(found >= exact && Double(found) <= Double(exact) * 1.05)
        }
        #expect(lags.max == 10_000 && lags.count == 10_000)
        #expect(LagHistogram().quantile(0.5) == nil)
    }
}
