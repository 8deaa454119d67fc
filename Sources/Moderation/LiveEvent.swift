/// The state of a live stream.
public enum StreamState: String, Hashable, Sendable, Codable {
    /// Connecting for the first time.
    case connecting
    /// Connected, and pictures arrive.
    case live
    /// Connected, but no pictures arrive, or always the same one.
    case stalled
    /// Disconnected, and trying to connect again.
    case reconnecting
    /// Ended normally.
    case ended
    /// Given up after an error.
    case failed

    /// Whether only the summary follows.
    public var isFinal: Bool { self == .ended || self == .failed }
}

/// An event of a live stream.
public struct LiveEvent: Hashable, Sendable {
    /// What happened.
    public enum Content: Hashable, Sendable {
        /// The stream's state changed.
        case state(StreamChange)
        /// A position was judged. Only sent if requested.
        case frame(TimelineSample)
        /// A segment is long enough to count.
        case segmentOpened(LiveSegment)
        /// A segment was confirmed, or has a new peak, new evidence, or ten more seconds.
        case segmentUpdated(LiveSegment)
        /// A segment has ended, or was refuted.
        case segmentClosed(LiveSegment)
        /// An attempt of an action was made.
        case action(ActionOutcome)
        /// The last event.
        case summary(LiveSummary)
    }

    /// The stream's name: its address without credentials and query, or a name chosen by the user.
    public var stream: String
    /// 1, 2 … for each stream, without gaps.
    public var sequence: Int
    /// Wall clock, in Unix seconds.
    public var time: Double
    /// In ms since the stream's first picture. Never decreases.
    public var position: Int
    /// The timestamp of the picture that caused the event, if any.
    public var media: MediaTime?
    /// Incremented when timestamps restart: with each connection, and when they jump within one.
    public var continuity: Int
    /// The time from receiving the picture to this event, in ms; `nil` without a picture.
    public var lag: Int?
    /// The scores of the picture that caused the event.
    public var scores: [ContentCategory: Double]
    /// What happened.
    public var content: Content

    /// See the properties of the same names.
    public init(
        stream: String, sequence: Int, time: Double, position: Int, media: MediaTime? = nil, continuity: Int,
        lag: Int? = nil, scores: [ContentCategory: Double] = [:], content: Content
    ) {
        (self.stream, self.sequence, self.time, self.position) = (stream, sequence, time, position)
        (self.media, self.continuity, self.lag) = (media, continuity, lag)
        (self.scores, self.content) = (scores, content)
    }
}

extension RuleEngine.Change {
    /// The event content for the change.
    /// - Parameter segment: The segment, with additional details such as evidence.
    /// - Returns: `nil` if no event about the segment was sent before.
    public func content(_ segment: LiveSegment) -> LiveEvent.Content? {
        switch self {
        case .opened: .segmentOpened(segment)
        case .updated: .segmentUpdated(segment)
        case .closed: .segmentClosed(segment)
        case .dismissed: nil
        }
    }
}

/// A change of a stream's state.
public struct StreamChange: Hashable, Sendable {
    /// The new state.
    public var state: StreamState
    /// One sentence without secrets; `nil` if there is nothing to explain.
    public var reason: String?
    /// The part of the timeline that was missed, in ms, if the stream continues after a gap.
    public var gap: Range<Int>?
    /// The number of consecutive failures to connect, and the time until the next attempt in ms.
    public var attempt, retryIn: Int?
    /// The video streams of a live stream, watched or not.
    public var streams: [ModerationResult.Stream] = []

    /// See the properties of the same names.
    public init(
        _ state: StreamState, reason: String? = nil, gap: Range<Int>? = nil, attempt: Int? = nil, retryIn: Int? = nil
    ) {
        (self.state, self.reason, self.gap) = (state, reason, gap)
        (self.attempt, self.retryIn) = (attempt, retryIn)
    }
}

/// A segment of a live stream.
public struct LiveSegment: Hashable, Sendable {
    /// 1, 2 … for each stream.
    public var id: Int
    /// The category of its hits.
    public var category: ContentCategory
    /// In ms. The end is `nil` while the segment is open.
    public var start: Int, end: Int?
    /// The highest probability (0…1), and its position in ms.
    public var peakPosition: Int, peakProbability: Double
    /// The number of KO samples.
    public var count: Int
    /// Files with its pictures and clips.
    public var evidence: [String] = []
    /// The outcome of its second look; `nil` if the policy has none.
    public var standing: Standing?
    /// The position of its first sample, in ms.
    let firstHit: Int

    /// Its sample with the highest probability.
    public var peak: Segment.Peak { Segment.Peak(position: peakPosition, probability: peakProbability) }

    /// Starts a segment.
    /// - Parameter firstHit: The position of its first sample, in ms.
    init(id: Int, category: ContentCategory, start: Int, firstHit: Int, peakProbability: Double) {
        (self.id, self.category, self.start, self.firstHit) = (id, category, start, firstHit)
        (peakPosition, self.peakProbability, count) = (firstHit, peakProbability, 1)
    }

    /// Adds a hit. Returns whether it is the new peak.
    mutating func add(_ probability: Double, at position: Int) -> Bool {
        count += 1
        guard probability > peakProbability else { return false }
        (peakPosition, peakProbability) = (position, probability)
        return true
    }
}

/// The summary of a live stream.
public struct LiveSummary: Hashable, Sendable {
    /// The final state, and the reason for it if there is anything to explain.
    public var state: StreamState, reason: String?
    /// The decision on the stream, and those on its samples.
    public var decision: Decision, tally: Tally
    /// The number of samples dropped because decoding or judging was too slow. They count as undetermined.
    public var dropped: Int
    /// The number of segments.
    public var segments: Int
    /// The number of segments that a second look refuted.
    public var refuted = 0
    /// Statistics of each judged category.
    public var categories: [ContentCategory: CategorySummary]
    /// The number of successful connections.
    public var connections: Int
    /// The number of gaps in the timeline, and their total length in ms.
    public var gaps, gapTime: Int
    /// The times from receiving a picture to its event, in ms.
    public var lag: LagHistogram
    /// As in `LiveReport` of FrameSampling.
    public var packetsRead, packetsDecoded, picturesDecoded, failures, packetsUnusable: Int
    /// The cost of judging.
    public var cost: ModerationResult.Cost

    /// See the properties of the same names.
    public init(
        state: StreamState, reason: String?, decision: Decision, tally: Tally, dropped: Int, segments: Int,
        categories: [ContentCategory: CategorySummary], connections: Int, gaps: Int, gapTime: Int, lag: LagHistogram,
        packetsRead: Int, packetsDecoded: Int, picturesDecoded: Int, failures: Int, packetsUnusable: Int,
        cost: ModerationResult.Cost
    ) {
        (self.state, self.reason, self.decision, self.tally) = (state, reason, decision, tally)
        (self.dropped, self.segments, self.categories) = (dropped, segments, categories)
        (self.connections, self.gaps, self.gapTime, self.lag) = (connections, gaps, gapTime, lag)
        (self.packetsRead, self.packetsDecoded) = (packetsRead, packetsDecoded)
        (self.picturesDecoded, self.failures) = (picturesDecoded, failures)
        (self.packetsUnusable, self.cost) = (packetsUnusable, cost)
    }
}

/// A histogram of durations in constant memory. Bucket sizes grow by 5%.
public struct LagHistogram: Hashable, Sendable {
    private var counts: [Int: Int] = [:]
    /// The number of durations.
    public private(set) var count = 0
    /// The longest duration, in ms.
    public private(set) var max = 0

    /// Starts empty.
    public init() {}

    /// The upper bounds of the buckets in ms: 1, 2, 3 …, each then 5% larger than the last, up to one day.
    private static let bounds: [Int] = {
        var bounds = [1]
        while let last = bounds.last, last < 86_400_000 { bounds.append(Swift.max(last + 1, last * 21 / 20)) }
        return bounds
    }()

    /// - Parameter milliseconds: A duration in ms. Negative values count as 0.
    public mutating func add(_ milliseconds: Int) {
        max = Swift.max(max, milliseconds)
        count += 1
        counts[min(Self.bounds.firstIndex(from: milliseconds), Self.bounds.count - 1), default: 0] += 1
    }

    /// Returns a quantile in ms, rounded up to the bound of its bucket.
    /// - Parameter share: 0…1.
    /// - Returns: `nil` if the histogram is empty.
    public func quantile(_ share: Double) -> Int? {
        guard count > 0 else { return nil }
        let wanted = Swift.max(1, Int((share * Double(count)).rounded(.up)))
        var seen = 0
        for (bucket, found) in counts.sorted(by: { $0.key < $1.key }) {
            seen += found
            if seen >= wanted { return min(Self.bounds[bucket], max) }
        }
        return max
    }
}
