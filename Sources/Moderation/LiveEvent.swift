/// How a live stream is doing.
public enum StreamState: String, Hashable, Sendable, Codable {
    /// Not yet connected for the first time.
    case connecting
    case live
    /// Connected, but nothing comes, or always the same picture.
    case stalled
    /// Was live and is not; tried again.
    case reconnecting
    /// Over, as it should be.
    case ended
    /// Given up.
    case failed

    /// Nothing follows but the summary.
    public var isFinal: Bool { self == .ended || self == .failed }
}

/// Something that happened to a live stream.
public struct LiveEvent: Hashable, Sendable {
    public enum Content: Hashable, Sendable {
        case state(StreamChange)
        /// Every judged position, where they are asked for.
        case frame(TimelineSample)
        case segmentOpened(LiveSegment)
        /// A new peak, or evidence, or ten more seconds of it.
        case segmentUpdated(LiveSegment)
        case segmentClosed(LiveSegment)
        case summary(LiveSummary)
    }

    /// The stream's name: its address without credentials and query, or the name it was given.
    public var stream: String
    /// 1, 2 … for each stream, without gaps.
    public var sequence: Int
    /// Wall clock, Unix seconds.
    public var time: Double
    /// ms since the stream's first picture; never runs backwards.
    public var position: Int
    /// The timestamp of the picture it is about, if it is about one.
    public var media: MediaTime?
    /// Goes up whenever timestamps start anew: with each connection, and when they jump within one.
    public var continuity: Int
    /// ms from receiving the picture to this event, if it is about a picture.
    public var lag: Int?
    /// Category → probability, of the picture it is about.
    public var scores: [Category: Double]
    public var content: Content

    public init(
        stream: String, sequence: Int, time: Double, position: Int, media: MediaTime? = nil, continuity: Int,
        lag: Int? = nil, scores: [Category: Double] = [:], content: Content
    ) {
        self.stream = stream
        self.sequence = sequence
        self.time = time
        self.position = position
        self.media = media
        self.continuity = continuity
        self.lag = lag
        self.scores = scores
        self.content = content
    }
}

extension RuleEngine.Change {
    /// As an event tells it; `nil` where nobody heard of the segment before.
    /// - Parameter segment: With whatever is known of it beside.
    public func content(_ segment: LiveSegment) -> LiveEvent.Content? {
        switch self {
        case .opened: .segmentOpened(segment)
        case .updated: .segmentUpdated(segment)
        case .closed: .segmentClosed(segment)
        case .dismissed: nil
        }
    }
}

/// A stream's new state.
public struct StreamChange: Hashable, Sendable {
    public var state: StreamState
    /// One sentence, without secrets; `nil` where there is nothing to explain.
    public var reason: String?
    /// What of the timeline nobody saw, ms: it ended there, and goes on here.
    public var gap: Range<Int>?
    /// How many tries to connect have failed in a row.
    public var attempt: Int?
    /// ms until the next try.
    public var retryIn: Int?
    /// Of a stream that is live: its video streams, watched or not.
    public var streams: [ModerationResult.Stream] = []

    public init(
        _ state: StreamState, reason: String? = nil, gap: Range<Int>? = nil, attempt: Int? = nil, retryIn: Int? = nil
    ) {
        self.state = state
        self.reason = reason
        self.gap = gap
        self.attempt = attempt
        self.retryIn = retryIn
    }
}

/// A segment of a stream that goes on.
public struct LiveSegment: Hashable, Sendable {
    /// 1, 2 … for each stream.
    public var id: Int
    public var category: Category
    /// ms.
    public var start: Int
    /// ms; `nil` while it is open.
    public var end: Int?
    /// ms.
    public var peakPosition: Int
    public var peakProbability: Double
    /// KO samples in it.
    public var count: Int
    /// Files with pictures and clips of it.
    public var evidence: [String] = []
    /// What a second look said; `nil` where the policy asks for none.
    public var standing: Standing?
    /// Position of the sample it began with, ms.
    let firstHit: Int

    /// - Parameter firstHit: Position of its only sample, ms.
    init(id: Int, category: Category, start: Int, firstHit: Int, peakProbability: Double) {
        self.id = id
        self.category = category
        self.start = start
        self.firstHit = firstHit
        peakPosition = firstHit
        self.peakProbability = peakProbability
        count = 1
    }
}

/// What a stream came to.
public struct LiveSummary: Hashable, Sendable {
    public var state: StreamState
    public var reason: String?
    public var decision: Decision
    public var tally: Tally
    /// Samples that were given up because decoding or judging was behind; they are among the undetermined.
    public var dropped: Int
    public var segments: Int
    /// Of those, how many a second look refuted.
    public var refuted = 0
    public var categories: [Category: CategorySummary]
    public var connections: Int
    /// Stretches that nobody saw, and their length together, ms.
    public var gaps, gapTime: Int
    /// From receiving a picture to its event, ms: half of them were as fast as `median`, 99 of 100 as fast as `p99`.
    public var lag: LagHistogram
    public var packetsRead, packetsDecoded, picturesDecoded, failures, packetsUnusable: Int
    public var cost: ModerationResult.Cost

    public init(
        state: StreamState, reason: String?, decision: Decision, tally: Tally, dropped: Int, segments: Int,
        categories: [Category: CategorySummary], connections: Int, gaps: Int, gapTime: Int, lag: LagHistogram,
        packetsRead: Int, packetsDecoded: Int, picturesDecoded: Int, failures: Int, packetsUnusable: Int,
        cost: ModerationResult.Cost
    ) {
        self.state = state
        self.reason = reason
        self.decision = decision
        self.tally = tally
        self.dropped = dropped
        self.segments = segments
        self.categories = categories
        self.connections = connections
        self.gaps = gaps
        self.gapTime = gapTime
        self.lag = lag
        self.packetsRead = packetsRead
        self.packetsDecoded = packetsDecoded
        self.picturesDecoded = picturesDecoded
        self.failures = failures
        self.packetsUnusable = packetsUnusable
        self.cost = cost
    }
}

/// How long things took, in constant memory: counts in buckets that grow by a twentieth.
public struct LagHistogram: Hashable, Sendable {
    private var counts: [Int: Int] = [:]
    public private(set) var count = 0
    /// ms.
    public private(set) var max = 0

    public init() {}

    /// The upper bounds of the buckets, ms: 1, 2, 3 … and then each a twentieth larger than the one before, to a day.
    private static let bounds: [Int] = {
        var bounds = [1]
        while let last = bounds.last, last < 86_400_000 { bounds.append(Swift.max(last + 1, last * 21 / 20)) }
        return bounds
    }()

    /// - Parameter milliseconds: Negative ones count as 0.
    public mutating func add(_ milliseconds: Int) {
        max = Swift.max(max, milliseconds)
        count += 1
        var (low, high) = (0, Self.bounds.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if Self.bounds[middle] < milliseconds { low = middle + 1 } else { high = middle }
        }
        counts[low, default: 0] += 1
    }

    /// The time that this share (0…1) stayed within, ms, rounded up to its bucket's bound; `nil` when nothing was counted.
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
