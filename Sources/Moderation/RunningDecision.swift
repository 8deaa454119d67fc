import Base

/// Decides on samples that come one at a time, from several video streams and with gaps, and keeps the newest segments.
///
/// It knows nothing of second looks: hits count until the decision is concluded.
public struct RunningDecision: Sendable {
    private let asked: Set<ContentCategory>
    private let policy: Policy
    /// In ms.
    private let interval: Int
    /// For the current video stream.
    private var rules: RuleEngine
    /// For the video streams before it.
    private var earlier = (tally: Tally(), isRejected: false)
    private var last: TimelineSample?
    private var closed: [(segment: LiveSegment, stream: Int?)] = []
    private var open: [ContentCategory: LiveSegment] = [:]
    private var conclusion: (tally: Tally, isRejected: Bool, segments: [Segment]?)?

    /// The number of closed segments that are kept.
    public static let maxSegments = 1000

    /// Creates a decision on no samples.
    public init(_ request: ModerationRequest) {
        var policy = request.policy
        policy.confirm = nil
        (self.policy, asked, interval) = (policy, request.asked, request.interval.wholeMilliseconds)
        rules = RuleEngine(asked: asked, policy: policy)
    }

    /// The decisions on all samples so far.
    public var tally: Tally {
        if let conclusion { return conclusion.tally }
        var tally = earlier.tally
        tally.add(rules.tally)
        return tally
    }

    /// Whether the policy rejects what was seen so far.
    public var isRejected: Bool {
        conclusion?.isRejected ?? (earlier.isRejected || rules.decision(isComplete: true) == .ko)
    }

    /// The newest segments, by start and then category. Open segments end with the newest sample.
    public var segments: [Segment] {
        if let segments = conclusion?.segments { return segments }
        let end = (last?.position ?? 0) + interval
        let open = open.values.map { segment in
            var segment = segment
            segment.end = end
            return (segment, last?.stream)
        }
        return (closed + open).map { Segment($0, stream: $1) }.sorted {
            ($0.start, $0.category) < ($1.start, $1.category)
        }
    }

    /// What a sample led to.
    public struct Step: Sendable {
        /// The sample with its verdict.
        public let sample: TimelineSample
        /// The changes to the segments.
        public let changes: [RuleEngine.Change]
    }

    /// Adds the next sample of the same video stream, in order of position, or the first of another one.
    @discardableResult public mutating func add(_ sample: TimelineSample) -> Step {
        var interrupted: [RuleEngine.Change] = []
        if let last {
            let end = last.position + interval
            if sample.stream != last.stream {
                interrupted = rules.interrupt(at: end)
                note(interrupted)
                earlier = (tally, isRejected)
                rules = RuleEngine(asked: asked, policy: policy)
            } else if sample.position > end + interval {
                // Nothing is known of the time between, so no segment spans it.
                interrupted = rules.interrupt(at: end)
                note(interrupted)
            }
        }
        last = sample
        let (decided, changes) = rules.add(sample)
        note(changes)
        return Step(sample: decided, changes: interrupted + changes)
    }

    /// Counts older samples of which only the result is known.
    /// - Parameters:
    ///   - tally: The decisions on all samples, including those added so far.
    ///   - wasRejected: Whether the policy rejected all of them together.
    ///   - areOfOneStream: Whether the older samples are of the video stream of those added so far.
    public mutating func restore(_ tally: Tally, wasRejected: Bool, areOfOneStream: Bool) {
        let now = self.tally
        let older = Tally(
            ok: max(0, tally.ok - now.ok), ko: max(0, tally.ko - now.ko),
            undetermined: max(0, tally.undetermined - now.undetermined))
        guard areOfOneStream else {
            earlier.tally.add(older)
            earlier.isRejected = earlier.isRejected || wasRejected
            return
        }
        rules.count(older)
        // A window that lies before the kept samples cannot be seen again.
        if case .window = policy.rule { earlier.isRejected = earlier.isRejected || wasRejected }
    }

    /// Replaces the result by the final one, which second looks are part of.
    /// - Parameters:
    ///   - tally: The decisions on all samples.
    ///   - isRejected: Whether the policy rejects them.
    ///   - segments: The segments that count; `nil` to keep those known here.
    public mutating func conclude(_ tally: Tally, isRejected: Bool, segments: [Segment]?) {
        conclusion = (tally, isRejected, segments)
    }

    private mutating func note(_ changes: [RuleEngine.Change]) {
        for change in changes {
            switch change {
            case .opened(let segment), .updated(let segment): open[segment.category] = segment
            case .closed(let segment):
                open[segment.category] = nil
                closed.append((segment, last?.stream))
                if closed.count > Self.maxSegments { closed.removeFirst() }
            case .dismissed: break
            }
        }
    }
}
