import Base
import Foundation
import Moderation

/// A live event as one line of JSON: `{"type":"segment.opened","stream":…,"sequence":…,…}`. Positions and durations are
/// in ms.
public struct LiveEventReport: Encodable {
    private let event: LiveEvent

    /// Reports an event.
    public init(_ event: LiveEvent) { self.event = event }

    /// Writes what all events say, and beside it what events of this type say.
    public func encode(to encoder: any Encoder) throws {
        try EventFields(event).encode(to: encoder)
        switch event.content {
        case .state(let change): try StateFields(change).encode(to: encoder)
        case .frame(let sample): try FrameFields(sample).encode(to: encoder)
        case .segmentOpened(let segment), .segmentUpdated(let segment), .segmentClosed(let segment):
            try SegmentFields(segment).encode(to: encoder)
        case .action(let outcome): try ActionFields(outcome).encode(to: encoder)
        case .summary(let summary): try SummaryFields(summary).encode(to: encoder)
        }
    }

    /// The JSON, ending in a newline.
    /// - Throws: `EncodingError`.
    public func line() throws -> Data { try Self.encoder.encode(self) + [0x0A] }

    // JSONEncoder keeps no state between values, so it can be shared.
    private static let encoder = ModerationResult.encoder(pretty: false)
}

/// What all events say.
private struct EventFields: Encodable {
    let type, stream, time: String
    let sequence, position, continuity: Int
    let pts: Int64?
    let timeBase: TimeBase?
    let lag: Int?
    let scores: [String: Double]?

    init(_ event: LiveEvent) {
        type =
            switch event.content {
            case .state: "stream.state"
            case .frame: "frame"
            case .segmentOpened: "segment.opened"
            case .segmentUpdated: "segment.updated"
            case .segmentClosed: "segment.closed"
            case .action: "action"
            case .summary: "summary"
            }
        stream = event.stream
        time = UnixTime.rfc3339(event.time)
        (sequence, position, continuity) = (event.sequence, event.position, event.continuity)
        (pts, timeBase) = (event.media?.pts, event.media?.timeBase)
        lag = event.lag
        scores = event.media == nil && event.scores.isEmpty ? nil : event.scores.byName
    }
}

/// `stream.state`
private struct StateFields: Encodable {
    struct Gap: Encodable {
        let start, end: Int
    }
    let state: StreamState
    let reason: String?
    let gap: Gap?
    let attempt, retryIn: Int?
    let streams: [ModerationResult.Stream]?

    init(_ change: StreamChange) {
        (state, reason, attempt, retryIn) = (change.state, change.reason, change.attempt, change.retryIn)
        gap = change.gap.map { Gap(start: $0.lowerBound, end: $0.upperBound) }
        streams = change.streams.isEmpty ? nil : change.streams
    }
}

/// `frame`
private struct FrameFields: Encodable {
    let decision: Decision
    let confidence: Double?
    let rejectCriteria: [String]
    let details: Findings?
    let reused: Bool
    let error: String?

    init(_ sample: TimelineSample) {
        (decision, confidence) = (sample.verdict.decision, sample.verdict.confidence)
        rejectCriteria = sample.verdict.rejected.map(\.rawValue).sorted()
        details = sample.judgement.flatMap { $0.findings.isEmpty ? nil : $0.findings }
        (reused, error) = (sample.reused, sample.failure)
    }
}

/// `segment.opened`, `segment.updated` and `segment.closed`
private struct SegmentFields: Encodable {
    struct Segment: Encodable {
        let id: Int
        let category: String
        let start: Int
        let end: Int?
        let peak: Moderation.Segment.Peak
        let nbImages: Int
        let evidence: [String]
        let confirmation: Standing?
    }
    let segment: Segment

    init(_ found: LiveSegment) {
        segment = Segment(
            id: found.id, category: found.category.rawValue, start: found.start, end: found.end,
            peak: found.peak, nbImages: found.count,
            evidence: found.evidence, confirmation: found.standing)
    }
}

/// `action`
private struct ActionFields: Encodable {
    struct Action: Encodable {
        let id: String
        let trigger: ActionTrigger.Kind
        let segment: Int?
        let outcome: String
        let at: String
        let attempts: Int
        let problem: String?
        let output: String?
        let retryIn: Int?
        let ended: Bool?
    }
    let action: Action

    init(_ outcome: ActionOutcome) {
        action = Action(
            id: outcome.id, trigger: outcome.kind, segment: outcome.segment, outcome: outcome.result.rawValue,
            at: UnixTime.rfc3339(outcome.time), attempts: outcome.attempts, problem: outcome.problem,
            output: outcome.output, retryIn: outcome.retryIn, ended: outcome.wasEnded ? true : nil)
    }
}

/// `summary`
private struct SummaryFields: Encodable {
    struct Gaps: Encodable {
        let count, duration: Int
    }
    struct Lag: Encodable {
        let median, p99, max: Int
    }
    struct Sampling: Encodable {
        let packetsRead, packetsDecoded, picturesDecoded, failures, packetsUnusable: Int
    }
    let state: StreamState
    let reason: String?
    let finalDecision: Decision
    let nbImages, nbImagesOk, nbImagesKo, nbImagesUndetermined, dropped, nbSegments, connections: Int
    let nbSegmentsRefuted: Int?
    let categories: [String: CategorySummary]
    let gaps: Gaps
    let lags: Lag?
    let sampling: Sampling
    let cost: ModerationResult.Cost

    init(_ summary: LiveSummary) {
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
        } else {
            lags = nil
        }
        sampling = Sampling(
            packetsRead: summary.packetsRead, packetsDecoded: summary.packetsDecoded,
            picturesDecoded: summary.picturesDecoded, failures: summary.failures,
            packetsUnusable: summary.packetsUnusable)
        cost = summary.cost
    }
}
