import Foundation

/// Sightengine's note about the request.
public struct SightengineRequest: Hashable, Sendable, Codable {
    /// `req_` and some 21 letters and digits.
    public var id: String
    /// Unix time, seconds.
    public var timestamp: Double
    /// Charged for this request; some video answers have none.
    public var operations: Int?

    public init(id: String, timestamp: Double, operations: Int?) {
        self.id = id
        self.timestamp = timestamp
        self.operations = operations
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        id = fields.text(.id) ?? ""
        timestamp = fields.number(.timestamp) ?? 0
        operations = fields.integer(.operations)
    }
}

public struct SightengineMedia: Hashable, Sendable, Codable {
    /// `med_` and some 21 letters and digits.
    public var id: String
    /// The address judged, or the file's name.
    public var uri: String?

    public init(id: String, uri: String?) {
        self.id = id
        self.uri = uri
    }
}

/// The answer of every image endpoint.
public struct SightengineImageAnswer: Hashable, Sendable, Codable {
    public var request: SightengineRequest
    public var media: SightengineMedia
    public var results: SightengineResults
    /// Ours, where a policy was given.
    public var outcome: PolicyOutcome?

    private enum CodingKeys: String, CodingKey { case status, request, media, outcome = "framesift" }

    public init(request: SightengineRequest, media: SightengineMedia, results: SightengineResults) {
        self.request = request
        self.media = media
        self.results = results
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        request = try fields.decode(SightengineRequest.self, forKey: .request)
        media = try fields.decode(SightengineMedia.self, forKey: .media)
        results = try SightengineResults(from: decoder)
        outcome = fields.object(PolicyOutcome.self, .outcome)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode("success", forKey: .status)
        try fields.encode(request, forKey: .request)
        try fields.encode(media, forKey: .media)
        try fields.encodeIfPresent(outcome, forKey: .outcome)
        try results.encode(to: encoder)
    }
}

/// One judged picture of a video.
public struct SightengineFrame: Hashable, Sendable, Codable {
    public struct Info: Hashable, Sendable, Codable {
        /// The media's id, `_`, and the frame's number from 1 on.
        public var id: String
        /// ms.
        public var position: Int
        /// Number of the video stream, where several were looked at; Framesift's own.
        public var stream: Int?

        public init(id: String, position: Int, stream: Int? = nil) {
            self.id = id
            self.position = position
            self.stream = stream
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            id = fields.text(.id) ?? ""
            position = fields.number(.position).flatMap { Int(exactly: $0.rounded()) } ?? 0
            stream = fields.integer(.stream)
        }
    }
    public var info: Info
    public var results: SightengineResults

    private enum CodingKeys: String, CodingKey { case info }

    public init(info: Info, results: SightengineResults) {
        self.info = info
        self.results = results
    }

    public init(from decoder: any Decoder) throws {
        info = try decoder.container(keyedBy: CodingKeys.self).decode(Info.self, forKey: .info)
        results = try SightengineResults(from: decoder)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(info, forKey: .info)
        try results.encode(to: encoder)
    }
}

/// The answer of the synchronous video endpoint.
public struct SightengineVideoAnswer: Hashable, Sendable, Codable {
    public struct Frames: Hashable, Sendable, Codable {
        public var frames: [SightengineFrame]
        /// Ours, where a policy was given.
        public var outcome: PolicyOutcome?

        enum CodingKeys: String, CodingKey { case frames, outcome = "framesift" }

        public init(frames: [SightengineFrame]) { self.frames = frames }
    }
    public var status = "success"
    public var request: SightengineRequest
    public var media: SightengineMedia
    public var data: Frames

    public init(request: SightengineRequest, media: SightengineMedia, frames: [SightengineFrame]) {
        self.request = request
        self.media = media
        data = Frames(frames: frames)
    }
}

/// The answer to a report of a misjudged picture.
public struct SightengineFeedbackAnswer: Hashable, Sendable, Codable {
    public var status = "success"
    public var request: SightengineRequest
    public var media: SightengineMedia
    public var message: String

    public init(request: SightengineRequest, media: SightengineMedia, message: String) {
        self.request = request
        self.media = media
        self.message = message
    }
}

/// The answer to a video submitted for later: where its callbacks go, and at which thresholds.
public struct SightengineSubmission: Hashable, Sendable, Codable {
    public var status = "success"
    public var request: SightengineRequest
    public var media: SightengineMedia
    public var callback: String?
    public var nudityRaw, nudityPartial, weapon, alcohol, drugs: Double?

    enum CodingKeys: String, CodingKey {
        case status, request, media, callback
        case nudityRaw = "callthreshold_nudity_raw", nudityPartial = "callthreshold_nudity_partial"
        case weapon = "callthreshold_weapon", alcohol = "callthreshold_alcohol", drugs = "callthreshold_drugs"
    }

    public init(request: SightengineRequest, media: SightengineMedia, callback: String?) {
        self.request = request
        self.media = media
        self.callback = callback
    }
}

/// How far a video submitted for later is: the body of a callback, and `output` when asked by id.
public struct SightengineProgress: Hashable, Sendable, Codable {
    public struct Data: Hashable, Sendable, Codable {
        /// `ongoing`, `finished`, `stopped` or `failure`.
        public var status: String
        /// Unix time, seconds.
        public var started: Double?
        public var lastUpdate: Double?
        public var operations: Int?
        /// All since the beginning, in order; of a stream that goes on for long only the newest, and then `totalFrames`
        /// says how many there were.
        public var frames: [SightengineFrame]
        /// Ours: how many frames there were, where `frames` does not hold them all.
        public var totalFrames: Int?
        /// Ours, where a policy was given.
        public var outcome: PolicyOutcome?

        enum CodingKeys: String, CodingKey {
            case status, started, lastUpdate = "last_update", operations, frames, totalFrames = "total_frames"
            case outcome = "framesift"
        }

        public init(status: String, frames: [SightengineFrame]) {
            self.status = status
            self.frames = frames
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            status = fields.text(.status) ?? ""
            started = fields.number(.started)
            lastUpdate = fields.number(.lastUpdate)
            operations = fields.integer(.operations)
            totalFrames = fields.integer(.totalFrames)
            outcome = fields.object(PolicyOutcome.self, .outcome)
            frames = try fields.decodeIfPresent([SightengineFrame].self, forKey: .frames) ?? []
        }
    }
    public var media: SightengineMedia
    /// The id of the request that submitted it.
    public var request: String
    public var data: Data

    public init(media: SightengineMedia, request: String, data: Data) {
        self.media = media
        self.request = request
        self.data = data
    }
}

/// Why Sightengine did not answer.
public struct SightengineFailure: Error, Hashable, Sendable, Codable {
    public struct Problem: Hashable, Sendable, Codable {
        /// `credentials_error`, `media_error`, `usage_limit`, `plan_error`, `argument_error`, and others.
        public var type: String
        public var code: Int
        public var message: String

        public init(type: String, code: Int, message: String) {
            self.type = type
            self.code = code
            self.message = message
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            type = fields.text(.type) ?? "unknown_error"
            code = fields.integer(.code) ?? 0
            message = fields.text(.message) ?? ""
        }
    }
    public var status = "failure"
    public var request: SightengineRequest?
    public var error: Problem

    public init(request: SightengineRequest?, error: Problem) {
        self.request = request
        self.error = error
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        request = fields.object(SightengineRequest.self, .request)
        error = try fields.decode(Problem.self, forKey: .error)
    }
}
