import Foundation
import Moderation

/// The result as it is saved and exchanged: JSON, snake_case, positions in ms. Every other format is made of it.
public struct ResultDocument: Codable, Hashable, Sendable {
    public struct Segment: Codable, Hashable, Sendable {
        public struct Peak: Codable, Hashable, Sendable {
            /// ms.
            public var position: Int
            public var probability: Double
        }
        public var category: String
        /// ms.
        public var start, end: Int
        public var peak: Peak
        public var nbImages: Int
        /// Number of its video stream among the input's streams; `nil` where nobody said.
        public var stream: Int?
        /// What a second look said of it, or why it was dismissed; `nil` where neither was asked for.
        public var confirmation: Standing?
    }

    public struct CategorySummary: Codable, Hashable, Sendable {
        public var max, mean: Double
        /// ms.
        public var positionOfMax: Int
    }

    public struct Frame: Codable, Hashable, Sendable {
        public struct Info: Codable, Hashable, Sendable {
            public var id: String
            /// ms since the first picture.
            public var position: Int
            public var pts: Int64?
            public var timeBase: TimeBase?
            /// Number of its video stream among the input's streams; `nil` where nobody said.
            public var stream: Int?
        }
        public var info: Info
        public var decision: Decision
        public var confidence: Double?
        /// Category → probability; what was not judged is absent.
        public var scores: [String: Double]
        /// Harmful categories that it shows.
        public var rejectCriteria: [String]
        /// What became of its hits, by category, where the policy looks at more than one picture.
        public var hits: [String: Standing]?
        public var details: Findings?
        public var reused: Bool
        public var error: String?
    }

    public struct Sampling: Codable, Hashable, Sendable {
        public var mode: String
        public var packetsRead, packetsDecoded, picturesDecoded, failures, groupsRedecoded: Int
        public var truncated, cut: Bool
    }

    public struct Media: Codable, Hashable, Sendable {
        public var id: String
        public var uri: String
        public var referenceId, originId: String?
        public var container, codec: String
        public var width, height, rotation: Int
        /// ms.
        public var duration, declaredDuration: Int?
        /// Every video stream, looked at or not; `nil` where nobody here saw the input.
        public var streams: [ModerationResult.Stream]?
    }

    public struct PolicySummary: Codable, Hashable, Sendable {
        public struct Confirm: Codable, Hashable, Sendable {
            /// Seconds.
            public var interval: Double
            public var agree, doubt: Double
            public var mostPictures: Int
        }
        public var threshold: Double
        public var thresholds: [String: Double]
        public var decision: String
        /// Seconds.
        public var gap: Double
        /// `nil` where hits end at the threshold.
        public var closeThreshold: Double?
        public var closeThresholds: [String: Double]?
        /// Seconds; `nil`: any.
        public var minDuration: Double?
        /// `nil`: no second look.
        public var confirm: Confirm?
        /// Bits by which known content may differ; `nil`: as usual.
        public var knownDistance: Int?
    }

    /// What second looks saw.
    public struct Confirmation: Codable, Hashable, Sendable {
        public struct Frame: Codable, Hashable, Sendable {
            /// ms.
            public var position: Int
            public var pts: Int64?
            public var timeBase: TimeBase?
            public var scores: [String: Double]
            public var error: String?
        }
        /// Pictures that were looked at, between the others; not among `nb_images`.
        public var nbImages: Int
        /// Of the frames with hits: how many each.
        public var confirmed, unconfirmed, refuted: Int
        public var frames: [Frame]
    }

    public struct Cost: Codable, Hashable, Sendable {
        public var requests, operations, bytesSent, reused: Int
        /// Pictures a second judge was not asked about; `nil` where there is one judge.
        public var spared: Int?
    }

    public struct Timing: Codable, Hashable, Sendable {
        /// Seconds.
        public var wall, decode, judge: Double
        /// Of judging, by pack of models; `nil` where the judge does not say.
        public var packs: [String: Double]?
        /// Video seconds judged a second; `nil` when the duration is unknown.
        public var realtimeFactor: Double?
    }

    public var status: ModerationResult.Status
    public var note: String?
    public var finalDecision: Decision
    public var confidenceScoreDecision: Double?
    public var nbImages, nbImagesOk, nbImagesKo, nbImagesUndetermined: Int
    /// Task names that made some picture KO.
    public var rejectCriteria: [String]
    /// Task names as asked, joined by commas.
    public var taskCall: String
    /// Task name → its categories.
    public var tasks: [String: [String]]
    /// Seconds.
    public var frameInterval: Double
    public var sampling: Sampling
    public var media: Media
    public var provider: JudgeIdentity
    public var policy: PolicySummary
    public var segments: [Segment]
    /// Segments that do not count: refuted, or too short for the policy. `nil` where it dismisses none.
    public var dismissed: [Segment]?
    /// `nil` where the policy asks for none.
    public var confirmation: Confirmation?
    /// All of the input was seen; `nil` in results of old.
    public var complete: Bool?
    public var categories: [String: CategorySummary]
    public var frames: [Frame]
    public var cost: Cost
    public var timing: Timing
    /// Seconds.
    public var totalComputeTime: Double
    /// Lists of known videos of which something was seen; `nil` where there are none.
    public var knownVideos: [KnownVideo]?
}

extension ResultDocument {
    public init(_ result: ModerationResult) {
        let timeline = result.timeline
        let tally = timeline.tally
        let rejected = Set(timeline.rejected)
        status = result.status
        note = result.note
        finalDecision = timeline.decision
        confidenceScoreDecision = timeline.confidence
        (nbImages, nbImagesOk, nbImagesKo) = (tally.total, tally.ok, tally.ko)
        nbImagesUndetermined = tally.undetermined
        rejectCriteria = result.tasks.filter { !rejected.isDisjoint(with: $0.categories) }.map(\.name)
        taskCall = result.tasks.map(\.name).joined(separator: ",")
        tasks = result.tasks.reduce(into: [:]) { $0[$1.name] = $1.categories.map(\.rawValue) }
        frameInterval = result.frameInterval
        sampling = Sampling(result.sampling)
        media = Media(result.media)
        provider = result.provider
        policy = PolicySummary(timeline.policy)
        segments = timeline.segments.map(Segment.init)
        let dismisses = timeline.policy.confirm != nil || timeline.policy.minDuration > 0
        dismissed = dismisses ? timeline.dismissed.map(Segment.init) : nil
        confirmation = timeline.policy.confirm == nil ? nil : Confirmation(timeline)
        complete = timeline.isComplete
        categories = timeline.categories.byName.mapValues(CategorySummary.init)
        frames = timeline.samples.map { Frame($0, mediaID: result.media.id) }
        cost = Cost(
            requests: result.cost.requests, operations: result.cost.operations, bytesSent: result.cost.bytesSent,
            reused: result.cost.reused, spared: result.cost.spared)
        let timing = result.timing
        let factor = result.media.duration.map { Double($0) / 1000 / max(timing.wall, 1e-9) }
        self.timing = Timing(
            wall: timing.wall, decode: timing.decode, judge: timing.judge, packs: timing.packs, realtimeFactor: factor)
        totalComputeTime = timing.wall
        knownVideos = result.knownVideos.isEmpty ? nil : result.knownVideos
    }

    static func encoder(pretty: Bool) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting =
            pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    /// The result as JSON text, ending in a newline.
    public func json() throws -> String {
        String(decoding: try Self.encoder(pretty: true).encode(self), as: UTF8.self) + "\n"
    }
}

extension ResultDocument.Frame {
    init(_ sample: TimelineSample, mediaID: String) {
        info = Info(
            id: "\(mediaID)_\(sample.index + 1)", position: sample.position, pts: sample.time?.pts,
            timeBase: sample.time?.timeBase, stream: sample.stream)
        decision = sample.verdict.decision
        confidence = sample.verdict.confidence
        scores = (sample.judgement?.probabilities ?? [:]).byName
        rejectCriteria = sample.verdict.rejected.map(\.rawValue).sorted()
        hits = sample.standings.isEmpty ? nil : sample.standings.byName
        details = sample.judgement.flatMap { $0.findings.isEmpty ? nil : $0.findings }
        reused = sample.reused
        error = sample.failure
    }
}

extension ResultDocument {
    /// Where its last picture ends, ms; one interval after the last sample where that was not measured.
    var end: Int {
        let last = frames.last?.info.position
        return max(media.duration ?? last.map { $0 + Int(frameInterval * 1000) } ?? 0, last ?? 0)
    }
}

extension ResultDocument {
    /// Video streams that pictures were judged of; empty where nobody said.
    var judgedStreams: [Int] { Set(frames.compactMap(\.info.stream)).sorted() }

    /// Which video stream something is of, where there are several: "stream 1"; else `nil`.
    func streamWords(_ stream: Int?) -> String? {
        guard judgedStreams.count > 1, let stream else { return nil }
        return "stream \(stream)"
    }

    /// One sentence about video streams that nobody looked at; `nil` where there are none.
    var unseenStreams: String? {
        let unseen = (media.streams ?? []).filter { !$0.lookedAt }
        guard !unseen.isEmpty else { return nil }
        let list = unseen.prefix(8).map { stream in
            let words = [stream.codec, "\(stream.width)×\(stream.height)"] + stream.disposition
            return "\(stream.index) (\(words.joined(separator: ", ")))"
        }
        let rest = unseen.count > 8 ? " and \(unseen.count - 8) more" : ""
        return "Not looked at: video stream \(list.joined(separator: ", "))\(rest)."
    }
}

extension ResultDocument.Segment {
    /// What became of it, after a comma; empty where nobody looked.
    var standingWords: String { confirmation.map { ", \($0.rawValue)" } ?? "" }

    init(_ segment: Moderation.Segment) {
        category = segment.category.rawValue
        (start, end) = (segment.start, segment.end)
        peak = Peak(position: segment.peakPosition, probability: segment.peakProbability)
        nbImages = segment.count
        stream = segment.stream
        confirmation = segment.standing
    }
}

extension ResultDocument.Confirmation {
    init(_ timeline: Timeline) {
        func count(_ standing: Standing) -> Int {
            timeline.samples.count { $0.standings.values.contains(standing) }
        }
        nbImages = timeline.dense.count
        (confirmed, unconfirmed, refuted) = (count(.confirmed), count(.unconfirmed), count(.refuted))
        frames = timeline.dense.map { picture in
            Frame(
                position: picture.position, pts: picture.time?.pts, timeBase: picture.time?.timeBase,
                scores: (picture.judgement?.probabilities ?? [:]).byName,
                error: picture.failure)
        }
    }
}

extension ResultDocument.CategorySummary {
    init(_ summary: Moderation.CategorySummary) {
        (max, mean, positionOfMax) = (summary.max, summary.mean, summary.positionOfMax)
    }
}

extension ResultDocument.Sampling {
    init(_ sampling: ModerationResult.Sampling) {
        mode = sampling.mode
        (packetsRead, packetsDecoded) = (sampling.packetsRead, sampling.packetsDecoded)
        (picturesDecoded, failures, groupsRedecoded) = (
            sampling.picturesDecoded, sampling.failures, sampling.groupsRedecoded
        )
        (truncated, cut) = (sampling.truncated, sampling.cut)
    }
}

extension ResultDocument.Media {
    init(_ media: ModerationResult.Media) {
        (id, uri, referenceId, originId) = (media.id, media.uri, media.referenceID, media.originID)
        (container, codec) = (media.container, media.codec)
        (width, height, rotation) = (media.width, media.height, media.rotation)
        (duration, declaredDuration) = (media.duration, media.declaredDuration)
        streams = media.streams.isEmpty ? nil : media.streams
    }
}

extension ResultDocument.PolicySummary {
    init(_ policy: Policy) {
        threshold = policy.threshold
        thresholds = policy.thresholds.byName
        decision = policy.rule.description
        gap = Double(policy.gap) / 1000
        closeThreshold = policy.closeThreshold
        closeThresholds = policy.closeThresholds.isEmpty ? nil : policy.closeThresholds.byName
        minDuration = policy.minDuration == 0 ? nil : Double(policy.minDuration) / 1000
        knownDistance = policy.knownDistance == Policy().knownDistance ? nil : policy.knownDistance
        confirm = policy.confirm.map {
            Confirm(
                interval: Double($0.interval) / 1000, agree: $0.agree, doubt: $0.doubt, mostPictures: $0.mostPictures)
        }
    }
}

extension Dictionary where Key == Moderation.Category {
    /// As JSON has it.
    var byName: [String: Value] { reduce(into: [:]) { $0[$1.key.rawValue] = $1.value } }
}
