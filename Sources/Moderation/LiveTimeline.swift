/// The timeline of a stream that goes on: what follows from its samples so far, in memory that does not grow with them.
public struct LiveTimeline: Sendable {
    /// What a sample did to the segments.
    public enum Change: Hashable, Sendable {
        case opened(LiveSegment)
        case updated(LiveSegment)
        case closed(LiveSegment)

        public var segment: LiveSegment {
            switch self {
            case .opened(let segment), .updated(let segment), .closed(let segment): segment
            }
        }

        /// As an event tells it.
        /// - Parameter segment: With whatever is known of it beside.
        public func content(_ segment: LiveSegment) -> LiveEvent.Content {
            switch self {
            case .opened: .segmentOpened(segment)
            case .updated: .segmentUpdated(segment)
            case .closed: .segmentClosed(segment)
            }
        }
    }

    private struct Open: Sendable {
        var segment: LiveSegment
        /// Where its last KO sample ends, once the next sample has come.
        var end: Int?
        var toldAt: Int
        /// Somebody heard of it: it is long enough.
        var isTold = false
        /// Its samples, for as long as they may still turn out to be no hits: until it is told and looked at again.
        var samples: [Int] = []

        func isSettled(_ policy: Policy) -> Bool {
            isTold && (policy.confirm == nil || segment.standing == .confirmed || segment.isUnseen)
        }
    }

    /// A sample whose decision may still change.
    fileprivate struct Unsettled: Sendable {
        let number: Int
        let decision: Decision
        /// Segments that make it KO.
        var reasons: Int
        /// Of those, how many may still turn out to be none.
        var doubts: Int
    }

    private struct Sum: Sendable {
        var max = -1.0
        var positionOfMax = 0
        var total = 0.0
        var count = 0
    }

    private let asked: Set<Category>
    private let policy: Policy
    /// ms between updates of an open segment that has no new peak.
    private static let updateInterval = 10_000

    public private(set) var tally = Tally()
    /// Segments opened so far.
    public private(set) var segments = 0
    private var open: [Category: Open] = [:]
    private var sums: [Category: Sum] = [:]
    /// The newest decisions, as many as the policy's window looks at.
    private var window: [Decision] = []
    private var windowHit = false
    /// In order; bounded by how long a look takes, and a segment to be long enough.
    private var unsettled: [Unsettled] = []
    /// Over, but not yet looked at again.
    private var waiting: [Open] = []
    private var number = 0
    private var last: TimelineSample?
    private var wanted: [LiveLook] = []
    /// Segments that a second look refuted.
    public private(set) var refuted = 0
    /// Segments that were too short.
    public private(set) var brief = 0

    public init(asked: Set<Category>, policy: Policy) {
        self.asked = asked
        self.policy = policy
    }

    /// The verdict on the next picture: a hit goes on down to the policy's closing threshold.
    public func verdict(_ judgement: Judgement?) -> Verdict {
        let own = Verdict(judgement, asked: asked, policy: policy)
        guard let judgement else { return own }
        let goesOn = open.filter { category, present in
            present.end == nil && (judgement.probabilities[category] ?? -1) >= policy.closeThreshold(for: category)
        }
        guard !goesOn.isEmpty else { return own }
        return Verdict(
            judgement, harmful: asked.filter { policy.isHarmful($0, asked: asked) },
            rejected: own.rejected.union(goesOn.keys), absence: [:])
    }

    /// The next sample, in order of position, with the verdict that `verdict` gave.
    public mutating func add(_ sample: TimelineSample) -> [Change] {
        number += 1
        tally.add(sample.verdict.decision)
        for (category, probability) in sample.judgement?.probabilities ?? [:] where asked.contains(category) {
            addToSum(category, probability, at: sample.position)
        }
        unsettled.append(
            Unsettled(
                number: number, decision: sample.verdict.decision, reasons: sample.verdict.rejected.count,
                doubts: sample.verdict.rejected.count))
        var changes: [Change] = []
        let affected = Set(open.keys).union(sample.verdict.rejected).sorted()
        for category in affected {
            changes += advance(category, sample)
        }
        last = sample
        settle()
        return changes
    }

    private mutating func advance(_ category: Category, _ sample: TimelineSample) -> [Change] {
        let isHit = sample.verdict.rejected.contains(category)
        let probability = sample.judgement?.probabilities[category] ?? 0
        guard var present = open[category] else { return isHit ? begin(category, sample, probability) : [] }
        let end = present.end ?? sample.position
        present.end = end
        open[category] = present
        if sample.position - end > policy.gap {
            let closed = close(category, at: end)
            return isHit ? closed + begin(category, sample, probability) : closed
        }
        guard isHit else { return policy.gap > 0 ? [] : close(category, at: end) }
        present.end = nil
        present.segment.count += 1
        present.samples.append(number)
        let isPeak = probability > present.segment.peakProbability
        if isPeak {
            present.segment.peakProbability = probability
            present.segment.peakPosition = sample.position
        }
        let isDue = isPeak || sample.position - present.toldAt >= Self.updateInterval
        if isDue { present.toldAt = sample.position }
        open[category] = present
        if !present.isTold { return tell(category, upTo: sample.position) }
        release(category)
        return isDue ? [.updated(present.segment)] : []
    }

    private mutating func begin(_ category: Category, _ sample: TimelineSample, _ probability: Double) -> [Change] {
        var segment = LiveSegment(id: 0, category: category, start: sample.position, peakProbability: probability)
        if policy.confirm != nil {
            segment.standing = .unconfirmed
            wanted.append(LiveLook(category: category, before: last, hit: sample))
        }
        open[category] = Open(segment: segment, toldAt: sample.position, samples: [number])
        return tell(category, upTo: sample.position)
    }

    /// Tells of a segment once it is long enough.
    private mutating func tell(_ category: Category, upTo position: Int) -> [Change] {
        guard var present = open[category], !present.isTold,
            position - present.segment.start >= policy.minDuration
        else { return [] }
        segments += 1
        present.segment.id = segments
        present.isTold = true
        open[category] = present
        release(category)
        return [.opened(present.segment)]
    }

    private mutating func close(_ category: Category, at end: Int) -> [Change] {
        let opened = tell(category, upTo: end)
        guard var present = open.removeValue(forKey: category) else { return [] }
        guard present.isTold else {
            brief += 1
            revoke(present.samples)
            return []
        }
        present.segment.end = end
        guard present.isSettled(policy) else {
            waiting.append(present)
            return opened
        }
        free(present.samples)
        return opened + [.closed(present.segment)]
    }

    // MARK: Second looks

    /// Looks that became due to be planned; each is handed out once.
    public mutating func takeLooks() -> [LiveLook] {
        defer { wanted = [] }
        return wanted
    }

    /// What a look said; has to be called for each that was handed out, in whatever order.
    /// - Parameters:
    ///   - look: As it was handed out.
    ///   - standing: `unconfirmed`: nothing could be seen.
    ///   - start: Where it begins, by the look, ms.
    public mutating func settle(_ look: LiveLook, _ standing: Standing, start: Int?) -> [Change] {
        defer { settle() }
        func isMeant(_ one: Open) -> Bool {
            one.segment.category == look.category && one.segment.firstHit == look.hit.position
        }
        let index = waiting.firstIndex(where: isMeant)
        guard var present = index.map({ waiting.remove(at: $0) }) ?? open[look.category], isMeant(present) else {
            return []
        }
        present.segment.standing = standing
        present.segment.isUnseen = standing == .unconfirmed
        if standing == .refuted {
            if index == nil { open[look.category] = nil }
            refuted += 1
            revoke(present.samples)
            present.segment.end = present.segment.end ?? present.end ?? last?.position ?? present.segment.start
            return present.isTold ? [.closed(present.segment)] : []
        }
        if standing == .confirmed { present.segment.start = min(start ?? .max, present.segment.start) }
        if index != nil {
            free(present.samples)
            return [.closed(present.segment)]
        }
        open[look.category] = present
        release(look.category)
        return present.isTold && standing == .confirmed ? [.updated(present.segment)] : []
    }

    // MARK: What may still change

    /// Lets samples go whose segment is certain by now.
    private mutating func release(_ category: Category) {
        guard var present = open[category], present.isSettled(policy) else { return }
        free(present.samples)
        present.samples = []
        open[category] = present
    }

    private mutating func free(_ samples: [Int]) {
        for sample in samples { change(sample) { $0.doubts -= 1 } }
    }

    private mutating func revoke(_ samples: [Int]) {
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
        if wasHit, unsettled[index].reasons == 0 { tally.revoke() }
    }

    private static let mostUnsettled = 100_000

    private mutating func settle() {
        var count = 0
        while count < unsettled.count, unsettled[count].doubts == 0 || unsettled.count - count > Self.mostUnsettled {
            slideWindow(unsettled[count].standing)
            count += 1
        }
        unsettled.removeFirst(count)
    }

    /// The picture ends here: what is open is closed. For gaps and for the end.
    public mutating func interrupt(at position: Int) -> [Change] {
        defer { settle() }
        last = nil
        return open.keys.sorted().flatMap { category in
            open[category].map { close(category, at: Swift.max($0.end ?? position, $0.segment.start)) } ?? []
        }
    }

    /// The decision on all so far.
    /// - Parameter isComplete: Nothing of the stream was missed.
    public func decision(isComplete: Bool) -> Decision {
        if isRejected { return .ko }
        return isComplete && tally.undetermined == 0 && tally.ok + tally.ko > 0 ? .ok : .undetermined
    }

    private var isRejected: Bool {
        switch policy.rule {
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
        guard case .window(let hits, let size) = policy.rule else { return }
        window.append(decision)
        if window.count > size { window.removeFirst() }
        if window.count(where: { $0 == .ko }) >= hits { windowHit = true }
    }

    private mutating func addToSum(_ category: Category, _ probability: Double, at position: Int) {
        var sum = sums[category] ?? Sum()
        if probability > sum.max { (sum.max, sum.positionOfMax) = (probability, position) }
        sum.total += probability
        sum.count += 1
        sums[category] = sum
    }

    /// Highest and mean probability of each judged category so far.
    public var categories: [Category: CategorySummary] {
        sums.mapValues {
            CategorySummary(max: $0.max, mean: $0.total / Double($0.count), positionOfMax: $0.positionOfMax)
        }
    }
}

extension LiveTimeline.Unsettled {
    fileprivate var standing: Decision { decision == .ko && reasons == 0 ? .ok : decision }
}
