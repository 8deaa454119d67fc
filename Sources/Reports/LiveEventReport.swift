import Base
import Foundation
import Moderation

/// A live event as one line of JSON: `{"type":"segment.opened","stream":…,"sequence":…,…}`. Positions and durations are
/// in ms.
public struct LiveEventReport: Encodable {
    struct Gap: Encodable {
        var start, end: Int
    }
    struct Segment: Encodable {
        struct Peak: Encodable {
            var position: Int
            var probability: Double
        }
        var id: Int
        var category: String
        var start: Int
        var end: Int?
        var peak: Peak
        var nbImages: Int
        var evidence: [String]
        var confirmation: Standing?
    }
    struct Gaps: Encodable {
        var count, duration: Int
    }
    struct Lag: Encodable {
        var median, p99, max: Int
    }
    struct Sampling: Encodable {
        var packetsRead, packetsDecoded, picturesDecoded, failures, packetsUnusable: Int
    }

    var type = ""
    var stream: String
    var sequence: Int
    var time: String
    var position: Int
    var pts: Int64?
    var timeBase: TimeBase?
    var continuity: Int
    var lag: Int?
    var scores: [String: Double]?

    // stream.state and summary
    var state: StreamState?
    var reason: String?
    var gap: Gap?
    var attempt, retryIn: Int?
    var streams: [ModerationResult.Stream]?

    // frame
    var decision: Decision?
    var confidence: Double?
    var rejectCriteria: [String]?
    var details: Findings?
    var reused: Bool?
    var error: String?

    // segment.…
    var segment: Segment?

    // summary
    var finalDecision: Decision?
    var nbImages, nbImagesOk, nbImagesKo, nbImagesUndetermined, dropped, nbSegments, nbSegmentsRefuted,
        connections: Int?
    var categories: [String: CategorySummary]?
    var gaps: Gaps?
    var lags: Lag?
    var sampling: Sampling?
    var cost: ModerationResult.Cost?

    /// Converts an event.
    public init(_ event: LiveEvent) {
        stream = event.stream
        sequence = event.sequence
        time = UnixTime.rfc3339(event.time)
        position = event.position
        pts = event.media?.pts
        timeBase = event.media?.timeBase
        continuity = event.continuity
        lag = event.lag
        if event.media != nil || !event.scores.isEmpty {
            scores = event.scores.byName
        }
        switch event.content {
        case .state(let change): fill(change)
        case .frame(let sample): fill(sample)
        case .segmentOpened(let found): fill("segment.opened", found)
        case .segmentUpdated(let found): fill("segment.updated", found)
        case .segmentClosed(let found): fill("segment.closed", found)
        case .summary(let summary): fill(summary)
        }
    }

    private mutating func fill(_ change: StreamChange) {
        type = "stream.state"
        (state, reason, attempt, retryIn) = (change.state, change.reason, change.attempt, change.retryIn)
        gap = change.gap.map { Gap(start: $0.lowerBound, end: $0.upperBound) }
        streams = change.streams.isEmpty ? nil : change.streams
    }

    private mutating func fill(_ sample: TimelineSample) {
        type = "frame"
        (decision, confidence) = (sample.verdict.decision, sample.verdict.confidence)
        rejectCriteria = sample.verdict.rejected.map(\.rawValue).sorted()
        details = sample.judgement.flatMap { $0.findings.isEmpty ? nil : $0.findings }
        (reused, error) = (sample.reused, sample.failure)
    }

    private mutating func fill(_ name: String, _ found: LiveSegment) {
        type = name
        segment = Segment(
            id: found.id, category: found.category.rawValue, start: found.start, end: found.end,
            peak: .init(position: found.peakPosition, probability: found.peakProbability), nbImages: found.count,
            evidence: found.evidence, confirmation: found.standing)
    }

    private mutating func fill(_ summary: LiveSummary) {
        type = "summary"
        (state, reason, finalDecision) = (summary.state, summary.reason, summary.decision)
        let tally = summary.tally
        (nbImages, nbImagesOk, nbImagesKo) = (tally.total, tally.ok, tally.ko)
        (nbImagesUndetermined, dropped) = (tally.undetermined, summary.dropped)
        (nbSegments, connections) = (summary.segments, summary.connections)
        nbSegmentsRefuted = summary.refuted == 0 ? nil : summary.refuted
        categories = summary.categories.byName
        gaps = Gaps(count: summary.gaps, duration: summary.gapTime)
        if let median = summary.lag.quantile(0.5), let p99 = summary.lag.quantile(0.99) {
            lags = Lag(median: median, p99: p99, max: summary.lag.max)
        }
        sampling = Sampling(
            packetsRead: summary.packetsRead, packetsDecoded: summary.packetsDecoded,
            picturesDecoded: summary.picturesDecoded, failures: summary.failures,
            packetsUnusable: summary.packetsUnusable)
        cost = summary.cost
    }

    /// The JSON, ending in a newline.
    /// - Throws: `EncodingError`.
    public func line() throws -> Data { try Self.encoder.encode(self) + [0x0A] }

    // JSONEncoder keeps no state between values, so it can be shared.
    private static let encoder = ModerationResult.encoder(pretty: false)
}
