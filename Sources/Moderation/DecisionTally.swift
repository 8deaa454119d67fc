/// Counts the decisions on samples and applies a policy's rule to them. The newest decisions may still change, since the
/// segments of their hits may be dismissed.
struct DecisionTally: Sendable {
    /// A sample whose decision may still change.
    private struct Unsettled: Sendable {
        let number: Int
        let decision: Decision
        /// The decision if all its hits are dismissed.
        let otherwise: Decision
        /// The number of segments that make it KO.
        var reasons: Int
        /// How many of those may still be dismissed.
        var doubts: Int

        var standing: Decision { decision == .ko && reasons == 0 ? otherwise : decision }
    }

    private let rule: Policy.Rule
    private(set) var tally = Tally()
    /// The number of the newest sample, from 1.
    private(set) var number = 0
    /// The newest settled decisions, as many as the policy's window has.
    private var window: [Decision] = []
    private var windowHit = false
    /// In order. Only as many as arrive during a second look, or until a segment has its minimum duration.
    private var unsettled: [Unsettled] = []

    /// If there are more, the oldest are settled as they are.
    private static let maxUnsettled = 100_000

    init(rule: Policy.Rule) { self.rule = rule }

    /// Adds the next sample. For each rejected category, it can be freed or revoked once.
    /// - Parameter otherwise: The decision if all its hits are dismissed.
    mutating func add(_ verdict: Verdict, otherwise: Decision) {
        number += 1
        tally.add(verdict.decision)
        let reasons = verdict.rejected.count
        unsettled.append(
            Unsettled(
                number: number, decision: verdict.decision, otherwise: otherwise, reasons: reasons, doubts: reasons))
    }

    /// Counts samples of which only the decisions are known.
    mutating func count(_ earlier: Tally) { tally.add(earlier) }

    /// Marks one segment of these samples as final.
    mutating func free(_ samples: [Int]) {
        for sample in samples { change(sample) { $0.doubts -= 1 } }
    }

    /// Dismisses one segment of these samples.
    mutating func revoke(_ samples: [Int]) {
        for sample in samples {
            change(sample) { one in
                one.doubts -= 1
                one.reasons -= 1
            }
        }
    }

    private mutating func change(_ number: Int, _ body: (inout Unsettled) -> Void) {
        guard let first = unsettled.first?.number, unsettled.indices.contains(number - first) else { return }
        let index = number - first
        let wasHit = unsettled[index].reasons > 0
        body(&unsettled[index])
        if wasHit, unsettled[index].reasons == 0 { tally.revoke(unsettled[index].otherwise) }
    }

    /// Settles decisions that cannot change any more.
    mutating func settle() {
        var count = 0
        while count < unsettled.count, unsettled[count].doubts == 0 || unsettled.count - count > Self.maxUnsettled {
            slideWindow(unsettled[count].standing)
            count += 1
        }
        unsettled.removeFirst(count)
    }

    /// The decision on all samples so far.
    var decision: Decision { tally.decision(isRejected: isRejected) }

    private var isRejected: Bool {
        switch rule {
        case .any: tally.ko > 0
        case .atLeast(let count): tally.ko >= count
        case .ratio(let share): tally.ko > 0 && Double(tally.ko) >= share * Double(tally.ok + tally.ko)
        case .window: windowHit || unsettledWindowHit
        }
    }

    /// Whether the rule applies if all unsettled decisions stay as they are.
    private var unsettledWindowHit: Bool {
        var ahead = self
        for one in unsettled { ahead.slideWindow(one.standing) }
        return ahead.windowHit
    }

    private mutating func slideWindow(_ decision: Decision) {
        guard case .window(let hits, let size) = rule else { return }
        window.append(decision)
        if window.count > size { window.removeFirst() }
        if window.count(where: { $0 == .ko }) >= hits { windowHit = true }
    }
}
