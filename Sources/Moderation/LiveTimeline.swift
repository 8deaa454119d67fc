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

    private var decisions: LiveTally
    /// Segments opened so far.
    public private(set) var segments = 0
    private var open: [Category: Open] = [:]
    private var sums: [Category: Sum] = [:]
    /// Over, but not yet looked at again.
    private var waiting: [Open] = []
    private var last: TimelineSample?
    private var wanted: [LiveLook] = []
    /// Segments that a second look refuted.
    public private(set) var refuted = 0
    /// Segments that were too short.
    public private(set) var brief = 0

    public init(asked: Set<Category>, policy: Policy) {
        self.asked = asked
        self.policy = policy
        decisions = LiveTally(rule: policy.rule)
    }

    /// Of the samples so far; hits that turn out to be none leave it.
    public var tally: Tally { decisions.tally }

    /// The decision on all so far.
    /// - Parameter isComplete: Nothing of the stream was missed.
    public func decision(isComplete: Bool) -> Decision { decisions.decision(isComplete: isComplete) }

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
        decisions.add(sample.verdict)
        for (category, probability) in sample.judgement?.probabilities ?? [:] where asked.contains(category) {
            addToSum(category, probability, at: sample.position)
        }
        var changes: [Change] = []
        let affected = Set(open.keys).union(sample.verdict.rejected).sorted()
        for category in affected {
            changes += advance(category, sample)
        }
        last = sample
        decisions.settle()
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
        present.samples.append(decisions.number)
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
        open[category] = Open(segment: segment, toldAt: sample.position, samples: [decisions.number])
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
            decisions.revoke(present.samples)
            return []
        }
        present.segment.end = end
        guard present.isSettled(policy) else {
            waiting.append(present)
            return opened
        }
        decisions.free(present.samples)
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
        defer { decisions.settle() }
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
            decisions.revoke(present.samples)
            present.segment.end = present.segment.end ?? present.end ?? last?.position ?? present.segment.start
            return present.isTold ? [.closed(present.segment)] : []
        }
        if standing == .confirmed { present.segment.start = min(start ?? .max, present.segment.start) }
        if index != nil {
            decisions.free(present.samples)
            return [.closed(present.segment)]
        }
        open[look.category] = present
        release(look.category)
        return present.isTold && standing == .confirmed ? [.updated(present.segment)] : []
    }

    /// Lets samples go whose segment is certain by now.
    private mutating func release(_ category: Category) {
        guard var present = open[category], present.isSettled(policy) else { return }
        decisions.free(present.samples)
        present.samples = []
        open[category] = present
    }

    /// The picture ends here: what is open is closed. For gaps and for the end.
    public mutating func interrupt(at position: Int) -> [Change] {
        defer { decisions.settle() }
        last = nil
        return open.keys.sorted().flatMap { category in
            open[category].map { close(category, at: Swift.max($0.end ?? position, $0.segment.start)) } ?? []
        }
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
