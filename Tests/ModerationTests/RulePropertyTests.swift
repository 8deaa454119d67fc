import Moderation
import Testing

/// Thousands of made-up timelines under made-up policies, against the rules written down once more in their plainest form:
/// over whole arrays, with no state.
@Suite struct RulePropertyTests {
    private struct Piece: Equatable {
        var start, end, count, peak: Int
    }

    private struct Case {
        var probabilities: [Double?]
        var policy: Policy
        /// ms between samples.
        let interval = 1000

        init(_ generator: inout some RandomNumberGenerator) {
            // Steps of a twentieth, so that probabilities meet thresholds exactly; and runs, so that segments have a length.
            var probability = 0.5
            probabilities = (0..<Int.random(in: 0...40, using: &generator)).map { _ in
                if Bool.random(using: &generator) {
                    probability = Double(Int.random(in: 0...20, using: &generator)) / 20
                }
                return Int.random(in: 0..<12, using: &generator) == 0 ? nil : probability
            }
            policy = Policy(
                threshold: [0.3, 0.5, 0.75].randomElement(using: &generator) ?? 0.5,
                rule: [.any, .atLeast(3), .ratio(0.25), .window(hits: 2, of: 4)].randomElement(using: &generator)
                    ?? .any,
                gap: [0, 500, 1000, 3000].randomElement(using: &generator) ?? 0,
                closeThreshold: [nil, 0.2, 0.45].randomElement(using: &generator) ?? nil,
                minDuration: [0, 1000, 1500, 4000].randomElement(using: &generator) ?? 0)
        }

        var samples: [TimelineSample] {
            probabilities.enumerated().map { index, probability in
                TimelineSample(
                    index: index, position: index * interval, time: nil,
                    judgement: probability.map { Judgement(probabilities: [.weapon: $0]) }, reused: false, failure: nil)
            }
        }
        var end: Int { probabilities.count * interval }
        var timeline: Timeline { Timeline(samples: samples, end: end, asked: [.weapon], policy: policy) }

        /// At the threshold, or at the closing threshold and beside a hit before it.
        var hits: [Int] {
            let closing = policy.closeThreshold(for: .weapon)
            return probabilities.indices.filter { index in
                let back = probabilities[...index].reversed().prefix { ($0 ?? -1) >= closing }
                return back.contains { ($0 ?? -1) >= policy.threshold }
            }
        }

        /// Hits no further apart than the gap; and of those, the long ones.
        var pieces: (counted: [Piece], brief: [Piece]) {
            var groups: [[Int]] = []
            for hit in hits {
                if let last = groups.last?.last, hit == last + 1 || (hit - last - 1) * interval <= policy.gap {
                    groups[groups.count - 1].append(hit)
                } else {
                    groups.append([hit])
                }
            }
            let pieces = groups.map { group in
                let highest = group.compactMap { probabilities[$0] }.max()
                return Piece(
                    start: group[0] * interval, end: (group[group.count - 1] + 1) * interval, count: group.count,
                    peak: (group.first { probabilities[$0] == highest } ?? 0) * interval)
            }
            func isBrief(_ piece: Piece) -> Bool { piece.end - piece.start < policy.minDuration }
            return (pieces.filter { !isBrief($0) }, pieces.filter(isBrief))
        }

        var decisions: [Decision] {
            let counted = pieces.counted.map { $0.start..<$0.end }
            let hits = Set(hits)
            return probabilities.enumerated().map { index, probability in
                let counts = hits.contains(index) && counted.contains { $0.contains(index * interval) }
                return counts ? .ko : probability == nil ? .undetermined : .ok
            }
        }

        var decision: Decision {
            let decisions = decisions
            let bad = decisions.count { $0 == .ko }, judged = decisions.count { $0 != .undetermined }
            let isBad =
                switch policy.rule {
                case .any: bad > 0
                case .atLeast(let least): bad >= least
                case .ratio(let share): bad > 0 && Double(bad) >= share * Double(judged)
                case .window(let least, let size):
                    decisions.indices.contains { decisions[$0...].prefix(size).count { $0 == .ko } >= least }
                }
            if isBad { return .ko }
            return judged > 0 && judged == decisions.count ? .ok : .undetermined
        }
    }

    private static func piece(_ segment: Segment) -> Piece {
        Piece(start: segment.start, end: segment.end, count: segment.count, peak: segment.peak.position)
    }

    private static func piece(_ segment: LiveSegment) -> Piece {
        Piece(
            start: segment.start, end: segment.end ?? -1, count: segment.count, peak: segment.peakPosition)
    }

    @Test func `a video has the segments, counts and decision that its policy says`() {
        var generator = SystemRandomNumberGenerator()
        var kinds: [Decision: Int] = [:]
        var brief = 0
        for _ in 0..<4000 {
            let one = Case(&generator)
            let timeline = one.timeline
            #expect(timeline.segments.map(Self.piece) == one.pieces.counted, "\(one)")
            #expect(timeline.dismissed.map(Self.piece) == one.pieces.brief, "\(one)")
            #expect(timeline.samples.map(\.verdict.decision) == one.decisions, "\(one)")
            #expect(timeline.tally == Tally(one.decisions), "\(one)")
            #expect(timeline.decision == one.decision, "\(one)")
            kinds[timeline.decision, default: 0] += 1
            brief += timeline.dismissed.count
        }
        // The cases reach what they are for.
        #expect(kinds.values.allSatisfy { $0 > 100 } && kinds.count == 3 && brief > 100)
    }

    @Test func `a stream comes to the same, whenever it is asked`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<4000 {
            let one = Case(&generator)
            var rules = RuleEngine(asked: [.weapon], policy: one.policy)
            var changes: [RuleEngine.Change] = []
            for sample in one.samples {
                changes += rules.add(sample).changes
                // Asking changes nothing.
                if Bool.random(using: &generator) {
                    _ = (rules.decision(isComplete: true), rules.tally, rules.categories)
                }
            }
            changes += rules.interrupt(at: one.end)
            var closed: [Piece] = [], dismissed: [Piece] = [], opened = 0
            for change in changes {
                switch change {
                case .opened: opened += 1
                case .updated: break
                case .closed(let segment): closed.append(Self.piece(segment))
                case .dismissed(let segment, _): dismissed.append(Self.piece(segment))
                }
            }
            #expect(closed == one.pieces.counted && opened == closed.count, "\(one)")
            #expect(dismissed == one.pieces.brief, "\(one)")
            #expect(rules.tally == Tally(one.decisions), "\(one)")
            #expect(rules.decision(isComplete: true) == one.decision, "\(one)")
            #expect(rules.categories == one.timeline.categories, "\(one)")
        }
    }

    /// - Parameter lost: The oldest samples, of which a restart leaves only what they came to.
    private func decision(on one: Case, restartedAt restart: Int, lost: Int) -> RunningDecision {
        let request = ModerationRequest(
            [ModerationTask(name: "weapon", categories: [.weapon])], policy: one.policy)
        let samples = one.samples
        var first = RunningDecision(request), second = first
        for sample in samples.prefix(restart) { first.add(sample) }
        for sample in samples[lost..<restart] { second.add(sample) }
        second.restore(first.tally, wasRejected: first.isRejected, areOfOneStream: true)
        for sample in samples.dropFirst(restart) { second.add(sample) }
        return second
    }

    @Test func `a decision so far is that of all samples, and outlives a restart that keeps only the newest`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<4000 {
            var one = Case(&generator)
            // Of what is lost only counts are left, which say nothing of hits that go on.
            (one.policy.closeThreshold, one.policy.minDuration) = (nil, 0)
            let restart = Int.random(in: 0...one.probabilities.count, using: &generator)
            // A window of four reaches no further back than what is kept.
            let lost = max(0, restart - Int.random(in: 4...10, using: &generator))
            let decision = decision(on: one, restartedAt: restart, lost: lost)
            #expect(decision.tally == one.timeline.tally, "\(one)")
            #expect(decision.isRejected == (one.timeline.decision == .ko), "\(one)")
            if lost == 0 { #expect(decision.segments.map(\.start) == one.timeline.segments.map(\.start), "\(one)") }
        }
    }

    @Test func `older samples of another video stream count by themselves`() {
        let request = ModerationRequest(
            [ModerationTask(name: "weapon", categories: [.weapon])], policy: Policy(rule: .atLeast(2)))
        for (areOfOneStream, isRejected) in [(true, true), (false, false)] {
            var decision = RunningDecision(request)
            decision.add(
                TimelineSample(
                    index: 0, position: 0, time: nil, judgement: Judgement(probabilities: [.weapon: 0.9]),
                    reused: false, failure: nil))
            decision.restore(Tally([.ko, .ok, .ko]), wasRejected: false, areOfOneStream: areOfOneStream)
            #expect(decision.isRejected == isRejected && decision.tally == Tally([.ko, .ok, .ko]))
        }
    }

    @Test func `a decision so far on several video streams is KO where one of them is`() {
        func sample(_ index: Int, stream: Int, _ probability: Double) -> TimelineSample {
            TimelineSample(
                index: index, position: index * 1000, time: nil,
                judgement: Judgement(probabilities: [.weapon: probability]), reused: false, failure: nil,
                stream: stream)
        }
        let request = ModerationRequest(
            [ModerationTask(name: "weapon", categories: [.weapon])], policy: Policy(rule: .atLeast(2)))
        // Two KO pictures of one stream are needed; one of each is not enough.
        for (second, isRejected) in [([0.1, 0.9], false), ([0.9, 0.9], true)] {
            var decision = RunningDecision(request)
            for (index, probability) in [0.9, 0.1].enumerated() { decision.add(sample(index, stream: 0, probability)) }
            for (index, probability) in second.enumerated() { decision.add(sample(index, stream: 1, probability)) }
            decision.add(sample(0, stream: 2, 0.1))
            #expect(decision.isRejected == isRejected && decision.tally.total == 5)
            #expect(decision.segments.map(\.stream) == [0, 1])
        }
    }
}
