import Base

/// The decision so far on an input whose samples come one at a time, over several video streams and over gaps, with its
/// newest segments.
///
/// Second looks are not known here: a hit counts until its segment is dismissed.
public struct RunningDecision: Sendable {
    private let asked: Set<ContentCategory>
    private let policy: Policy
    /// ms.
    private let interval: Int
    /// Of the video stream that is being sampled.
    private var rules: RuleEngine
    /// Of the video streams before it.
    private var earlier = (tally: Tally(), isRejected: false)
    private var last: TimelineSample?
    private var closed: [(segment: LiveSegment, stream: Int?)] = []
    private var open: [ContentCategory: LiveSegment] = [:]
    private var conclusion: (tally: Tally, isRejected: Bool, segments: [Segment]?)?

    /// Segments that are kept: the newest.
    public static let maxSegments = 1000

    public init(_ request: ModerationRequest) {
        var policy = request.policy
        policy.confirm = nil
        (self.policy, asked, interval) = (policy, request.asked, request.interval.wholeMilliseconds)
        rules = RuleEngine(asked: asked, policy: policy)
    }

    /// Of all samples so far.
    public var tally: Tally {
        if let conclusion { return conclusion.tally }
        var tally = earlier.tally
        tally.add(rules.tally)
        return tally
    }

    /// What was seen so far is KO.
    public var isRejected: Bool {
        conclusion?.isRejected ?? (earlier.isRejected || rules.decision(isComplete: true) == .ko)
    }

    /// By start and then category. One that is still open ends with the newest sample.
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

    /// The next sample: of the same video stream, in order of position, or the first of another one.
    public mutating func add(_ sample: TimelineSample) {
        if let last {
            let end = last.position + interval
            if sample.stream != last.stream {
                note(rules.interrupt(at: end))
                earlier = (tally, isRejected)
                rules = RuleEngine(asked: asked, policy: policy)
            } else if sample.position > end + interval {
                // Nobody saw what lies between.
                note(rules.interrupt(at: end))
            }
        }
        last = sample
        note(rules.add(sample).changes)
    }

    /// Counts samples that were decided before those added so far, and are not kept.
    /// - Parameters:
    ///   - tally: Of all samples, those added so far included.
    ///   - wasRejected: What was seen of all of them was KO.
    public mutating func restore(_ tally: Tally, wasRejected: Bool) {
        let now = self.tally
        rules.count(
            Tally(
                ok: max(0, tally.ok - now.ok), ko: max(0, tally.ko - now.ko),
                undetermined: max(0, tally.undetermined - now.undetermined)))
        // Of a window that has passed only this is left.
        if case .window = policy.rule { earlier.isRejected = earlier.isRejected || wasRejected }
    }

    /// A second look refuted a segment.
    public mutating func dismiss(_ segment: LiveSegment) {
        func isMeant(_ other: LiveSegment) -> Bool {
            (other.category, other.firstHit) == (segment.category, segment.firstHit)
        }
        closed.removeAll { isMeant($0.segment) }
        open = open.filter { !isMeant($0.value) }
    }

    /// All was seen, and second looks are over.
    /// - Parameter segments: `nil`: those that are known here.
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
