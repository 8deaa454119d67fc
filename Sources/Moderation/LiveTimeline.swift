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
    }

    private struct Open: Sendable {
        var segment: LiveSegment
        /// Where its last KO sample ends, once the next sample has come.
        var end: Int?
        var toldAt: Int
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

    public init(asked: Set<Category>, policy: Policy) {
        self.asked = asked
        self.policy = policy
    }

    /// The next sample, in order of position.
    public mutating func add(_ sample: TimelineSample) -> [Change] {
        tally.add(sample.verdict.decision)
        slideWindow(sample.verdict.decision)
        for (category, probability) in sample.judgement?.probabilities ?? [:] where asked.contains(category) {
            addToSum(category, probability, at: sample.position)
        }
        var changes: [Change] = []
        let affected = Set(open.keys).union(sample.verdict.rejected).sorted()
        for category in affected {
            changes += advance(category, sample)
        }
        return changes
    }

    private mutating func advance(_ category: Category, _ sample: TimelineSample) -> [Change] {
        let isHit = sample.verdict.rejected.contains(category)
        let probability = sample.judgement?.probabilities[category] ?? 0
        guard var present = open[category] else { return isHit ? [begin(category, sample, probability)] : [] }
        let end = present.end ?? sample.position
        present.end = end
        if sample.position - end > policy.gap {
            let closed = close(category, present, at: end)
            return isHit ? [closed, begin(category, sample, probability)] : [closed]
        }
        guard isHit else {
            open[category] = present
            return policy.gap > 0 ? [] : [close(category, present, at: end)]
        }
        present.end = nil
        present.segment.count += 1
        let isPeak = probability > present.segment.peakProbability
        if isPeak {
            present.segment.peakProbability = probability
            present.segment.peakPosition = sample.position
        }
        let isDue = isPeak || sample.position - present.toldAt >= Self.updateInterval
        if isDue { present.toldAt = sample.position }
        open[category] = present
        return isDue ? [.updated(present.segment)] : []
    }

    private mutating func begin(_ category: Category, _ sample: TimelineSample, _ probability: Double) -> Change {
        segments += 1
        let segment = LiveSegment(
            id: segments, category: category, start: sample.position, peakProbability: probability)
        open[category] = Open(segment: segment, toldAt: sample.position)
        return .opened(segment)
    }

    private mutating func close(_ category: Category, _ present: Open, at end: Int) -> Change {
        open[category] = nil
        var segment = present.segment
        segment.end = end
        return .closed(segment)
    }

    /// The picture ends here: what is open is closed. For gaps and for the end.
    public mutating func interrupt(at position: Int) -> [Change] {
        open.keys.sorted().compactMap { category in
            open[category].map { close(category, $0, at: Swift.max($0.end ?? position, $0.segment.start)) }
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
        case .window: windowHit
        }
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
