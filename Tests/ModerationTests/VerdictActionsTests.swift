import Testing

@testable import Moderation

/// Which verdicts make an action due.
@Suite struct VerdictActionsTests {
    private func segment(_ id: Int, _ standing: Standing? = nil, _ category: ContentCategory = .weapon) -> LiveSegment {
        var segment = LiveSegment(id: id, category: category, start: 3000, firstHit: 3000, peakProbability: 0.9)
        segment.standing = standing
        return segment
    }

    private func due(_ looksAgain: Bool, _ events: [LiveEvent.Content]) -> [String] {
        var verdicts = VerdictActions(looksAgain: looksAgain)
        return events.flatMap { verdicts.hear($0) }.map { "\($0.kind) \($0.segment?.id ?? 0)" }
    }

    @Test func `a segment makes the action for KO due once, when it opens`() {
        let found = due(
            false,
            [
                .segmentOpened(segment(1)), .segmentUpdated(segment(1)), .segmentClosed(segment(1)),
                .segmentUpdated(segment(1)), .segmentOpened(segment(2)),
            ])
        #expect(found == ["ko 1", "ko 2"])
    }

    @Test func `with second looks a segment makes it due once it is confirmed`() {
        let opened = LiveEvent.Content.segmentOpened(segment(1, .unconfirmed))
        #expect(due(true, [opened]) == [])
        let confirmed = LiveEvent.Content.segmentUpdated(segment(1, .confirmed))
        #expect(due(true, [opened, confirmed, .segmentClosed(segment(1, .confirmed))]) == ["ko 1"])
        #expect(due(true, [opened, .segmentClosed(segment(1, .confirmed))]) == ["ko 1"])
    }

    @Test(arguments: [Standing.refuted, .brief]) func `what does not count makes nothing due`(standing: Standing) {
        let closed = LiveEvent.Content.segmentClosed(segment(1, standing))
        #expect(due(true, [.segmentOpened(segment(1, .unconfirmed)), closed]) == [])
        #expect(due(false, [closed]) == [])
    }

    @Test func `a hit that nobody could confirm makes a person look`() {
        #expect(due(true, [.segmentClosed(segment(1, .unconfirmed))]) == ["review 1"])
    }

    @Test func `other events make nothing due`() {
        #expect(due(false, [.state(StreamChange(.live))]) == [])
    }

    @Test(arguments: [
        (Decision.ok, false, [ActionTrigger.Kind]()), (.ko, false, [.ko]), (.undetermined, false, [.review]),
        (.ok, true, []), (.ko, true, []), (.undetermined, true, [.review]),
    ])
    func `the end makes the decision's action due; a stream's hits had theirs`(
        decision: Decision, isStream: Bool, kinds: [ActionTrigger.Kind]
    ) {
        var verdicts = VerdictActions(looksAgain: false)
        let due = verdicts.end(decision, isStream: isStream, reason: "a gap")
        #expect(due.map(\.kind) == kinds)
        #expect(due.allSatisfy { $0.decision == decision && $0.segment == nil })
        #expect(verdicts.end(decision, isStream: isStream) == [])
    }

    @Test func `what others find to be due is told once for each segment and kind`() {
        var verdicts = VerdictActions(looksAgain: false)
        let asked = ActionTrigger(.review, reason: "doubtful", segment: segment(7))
        #expect(verdicts.ask(asked) == [asked])
        #expect(verdicts.ask(asked) == [])
        #expect(verdicts.hear(.segmentOpened(segment(7))).map(\.kind) == [.ko])
    }

    @Test func `what was due is remembered of a bounded number of segments`() {
        var verdicts = VerdictActions(looksAgain: false)
        let count = 10 * VerdictActions.memory
        #expect((1...count).allSatisfy { verdicts.hear(.segmentOpened(segment($0))).count == 1 })
        #expect((1...count).allSatisfy { verdicts.hear(.segmentUpdated(segment($0))).isEmpty })
    }
}
