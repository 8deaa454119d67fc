import Moderation
import Testing

/// What people are to look at, by hand-made samples of a picture a second.
@Suite struct CaseFinderTests {
    private func request(
        _ policy: Policy = Policy(), _ categories: [ContentCategory] = [.gore]
    ) -> ModerationRequest {
        ModerationRequest([ModerationTask(name: "t", categories: categories)], policy: policy)
    }

    /// The last state of each case, by start.
    private func cases(
        _ probabilities: [Double?], _ policy: Policy = Policy(), draw: @escaping @Sendable (Int) -> Double = { _ in 1 },
        segments: [Segment]? = nil
    ) -> [String] {
        let request = request(policy)
        var (decision, finder) = (RunningDecision(request), CaseFinder(request, draw: draw))
        var found: [String: ReviewCase] = [:]
        func note(_ cases: [ReviewCase]) { for one in cases { found["\(one.reason) \(one.start)"] = one } }
        for (index, probability) in probabilities.enumerated() {
            let judgement = probability.map { Judgement(probabilities: [.gore: $0]) }
            note(
                finder.add(
                    decision.add(
                        TimelineSample(
                            index: index, position: index * 1000, time: nil, judgement: judgement, reused: false,
                            failure: judgement == nil ? "away" : nil))))
        }
        note(finder.finish())
        note(segments.map { finder.conclude($0) } ?? [])
        return found.values.sorted { ($0.start, $0.reason.rawValue) < ($1.start, $1.reason.rawValue) }.map {
            "\($0.reason) \($0.start)-\($0.end) \($0.peak) \($0.probability ?? -1)"
        }
    }

    @Test func `a segment is one case, with its peak`() {
        #expect(cases([0.1, 0.7, 0.9, 0.6, 0.1, 0.8]) == ["ko 1000-4000 2000 0.9", "ko 5000-6000 5000 0.8"])
        #expect(cases([0.1, 0.2]) == [])
    }

    @Test func `a stretch in the doubtful band is one case, beside hits`() {
        var policy = Policy()
        policy.review = 0.3...0.5
        #expect(
            cases([0.1, 0.35, 0.4, 0.9, 0.2, 0.3], policy) == [
                "doubt 1000-3000 2000 0.4", "ko 3000-4000 3000 0.9", "doubt 5000-6000 5000 0.3",
            ])
        #expect(cases([0.1, 0.35, 0.4]) == [])
    }

    @Test func `gaps that the policy bridges do not split a case`() {
        var policy = Policy(gap: 1000)
        policy.review = 0.3...0.5
        #expect(cases([0.4, 0.1, 0.4, 0.1, 0.1, 0.4], policy) == ["doubt 0-3000 0 0.4", "doubt 5000-6000 5000 0.4"])
    }

    @Test func `what was not judged is a case`() {
        #expect(
            cases([0.1, nil, nil, 0.1, nil]) == [
                "undetermined 1000-3000 1000 -1.0", "undetermined 4000-5000 4000 -1.0",
            ])
    }

    @Test func `pictures that are OK are drawn at the rate asked for, and stand for the others`() {
        var policy = Policy()
        policy.sample = 0.25
        // Drawn: those below a quarter, but no hit.
        let draws = [0.1, 0.3, 0.2, 0.9, 0.0]
        #expect(
            cases([0.1, 0.1, 0.9, 0.1, 0.2], policy, draw: { draws[$0 / 1000] }) == [
                "sample 0-1000 0 0.1", "ko 2000-3000 2000 0.9", "sample 4000-5000 4000 0.2",
            ])
        var finder = CaseFinder(request(policy)) { _ in 0 }
        var decision = RunningDecision(request(policy))
        let sample = TimelineSample(
            index: 0, position: 0, time: nil, judgement: Judgement(probabilities: [.gore: 0]), reused: false,
            failure: nil)
        #expect(finder.add(decision.add(sample)).map(\.weight) == [4])
    }

    @Test func `with second looks a segment is a case once it is known to count`() {
        let policy = Policy(confirm: Confirmation())
        #expect(cases([0.9, 0.1, 0.8], policy, segments: []) == [])
        let timeline = Timeline(
            samples: [0.1, 0.1, 0.8].enumerated().map { index, probability in
                TimelineSample(
                    index: index, position: index * 1000, time: nil,
                    judgement: Judgement(probabilities: [.gore: probability]), reused: false, failure: nil)
            }, end: 3000, asked: [.gore], policy: Policy())
        #expect(cases([0.9, 0.1, 0.8], policy, segments: timeline.segments) == ["ko 2000-3000 2000 0.8"])
    }

    @Test func `a picture is needed for what may become a case`() {
        var policy = Policy(closeThreshold: 0.4)
        (policy.review, policy.sample) = (0.2...0.3, 0.5)
        let finder = CaseFinder(request(policy)) { $0 == 1000 ? 0.4 : 0.6 }
        func needs(_ probability: Double?, at position: Int = 0) -> Bool {
            finder.mayNeedPicture(probability.map { Judgement(probabilities: [.gore: $0]) }, at: position)
        }
        #expect(needs(0.9) && needs(0.4) && needs(0.25) && needs(nil) && needs(0, at: 1000))
        #expect(!needs(0.35) && !needs(0.1))
    }
}
