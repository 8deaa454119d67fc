/// Counts the decisions on samples and applies a policy's rule to them. The newest may still change: those of hits whose segments
/// may turn out to be none.
struct DecisionTally: Sendable {
    /// A sample whose decision may still change.
    private struct Unsettled: Sendable {
        let number: Int
        let decision: Decision
        /// Without its hits.
        let otherwise: Decision
        /// Segments that make it KO.
        var reasons: Int
        /// Of those, how many may still turn out to be none.
        var doubts: Int

        var standing: Decision { decision == .ko && reasons == 0 ? otherwise : decision }
    }

    private let rule: Policy.Rule
    private(set) var tally = Tally()
    /// Of the newest sample, from 1.
    private(set) var number = 0
    /// The newest decisions, as many as the policy's window looks at.
    private var window: [Decision] = []
    private var windowHit = false
    /// In order; bounded by how long a look takes, and a segment to be long enough.
    private var unsettled: [Unsettled] = []

    /// Beyond these the oldest count as they are.
    private static let mostUnsettled = 100_000

    init(rule: Policy.Rule) { self.rule = rule }

    /// The next sample. Each category that was rejected may be freed or revoked once.
    /// - Parameter otherwise: The decision if its hits turn out to be none.
    mutating func add(_ verdict: Verdict, otherwise: Decision) {
        number += 1
        tally.add(verdict.decision)
        let reasons = verdict.rejected.count
        unsettled.append(
            Unsettled(
                number: number, decision: verdict.decision, otherwise: otherwise, reasons: reasons, doubts: reasons))
    }

    /// Samples of which only their decisions are known.
    mutating func count(_ earlier: Tally) { tally.add(earlier) }

    /// Samples whose segment is certain by now.
    mutating func free(_ samples: [Int]) {
        for sample in samples { change(sample) { $0.doubts -= 1 } }
    }

    /// Samples whose segment is none.
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

    /// Lets go of what can change no more.
    mutating func settle() {
        var count = 0
        while count < unsettled.count, unsettled[count].doubts == 0 || unsettled.count - count > Self.mostUnsettled {
            slideWindow(unsettled[count].standing)
            count += 1
        }
        unsettled.removeFirst(count)
    }

    /// The decision on all so far.
    var decision: Decision { tally.decision(isRejected: isRejected) }

    private var isRejected: Bool {
        switch rule {
        case .any: tally.ko > 0
        case .atLeast(let count): tally.ko >= count
        case .ratio(let share): tally.ko > 0 && Double(tally.ko) >= share * Double(tally.ok + tally.ko)
        case .window: windowHit || unsettledWindowHit
        }
    }

    /// As if what is not settled stayed as it is.
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
