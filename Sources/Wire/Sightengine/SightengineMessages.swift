/// Sightengine's description of a request.
public struct SightengineRequest: Hashable, Sendable, Codable {
    /// `req_` and about 21 letters and digits.
    public var id: String
    /// In Unix seconds.
    public var timestamp: Double
    /// The operations billed for the request; missing in some video responses.
    public var operations: Int?

    /// See the properties of the same names.
    public init(id: String, timestamp: Double, operations: Int?) {
        (self.id, self.timestamp, self.operations) = (id, timestamp, operations)
    }

    enum CodingKeys: String, LenientKey { case id, timestamp, operations }
}

/// Sightengine's description of a picture or video.
public struct SightengineMedia: Hashable, Sendable, Codable {
    /// `med_` and about 21 letters and digits.
    public var id: String
    /// The address, or the file's name.
    public var uri: String?

    /// See the properties of the same names.
    public init(id: String, uri: String?) { (self.id, self.uri) = (id, uri) }
}

/// The response of all image endpoints.
public struct SightengineImageAnswer: Hashable, Sendable, Codable {
    /// The request and the picture.
    public var request: SightengineRequest, media: SightengineMedia
    /// The results of the models.
    public var results: SightengineResults
    /// Ours, where a policy was given.
    public var outcome: PolicyOutcome?

    private enum CodingKeys: String, CodingKey { case status, request, media, outcome = "framesift" }

    /// See the properties of the same names.
    public init(request: SightengineRequest, media: SightengineMedia, results: SightengineResults) {
        (self.request, self.media, self.results) = (request, media, results)
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

/// A judged picture of a video.
public struct SightengineFrame: Hashable, Sendable, Codable {
    /// Identifies the picture.
    public struct Info: Hashable, Sendable, Codable {
        /// The media's ID, an underscore, and the number of the picture from 1.
        public var id: String
        /// In ms.
        public var position: Int
        /// The index of the video stream, if several were judged. Framesift's extension.
        public var stream: Int?

        /// See the properties of the same names.
        public init(id: String, position: Int, stream: Int? = nil) {
            (self.id, self.position, self.stream) = (id, position, stream)
        }

        enum CodingKeys: String, LenientKey { case id, position, stream }
    }
    /// Identifies the picture.
    public var info: Info
    /// The results of the models.
    public var results: SightengineResults

    private enum CodingKeys: String, CodingKey { case info }

    /// See the properties of the same names.
    public init(info: Info, results: SightengineResults) { (self.info, self.results) = (info, results) }

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

/// The response of the synchronous video endpoint.
public struct SightengineVideoAnswer: Hashable, Sendable, Codable {
    /// The content of the response.
    public struct Frames: Hashable, Sendable, Codable {
        /// The judged pictures, in order.
        public var frames: [SightengineFrame]
        /// Ours, where a policy was given.
        public var outcome: PolicyOutcome?

        enum CodingKeys: String, CodingKey { case frames, outcome = "framesift" }

        /// See the property of the same name.
        public init(frames: [SightengineFrame]) { self.frames = frames }
    }
    /// `success`.
    public var status = "success"
    /// The request and the video.
    public var request: SightengineRequest, media: SightengineMedia
    /// The judged pictures.
    public var data: Frames

    /// See the properties of the same names.
    public init(request: SightengineRequest, media: SightengineMedia, frames: [SightengineFrame]) {
        (self.request, self.media, data) = (request, media, Frames(frames: frames))
    }
}

/// The response to feedback about a misjudged picture.
public struct SightengineFeedbackAnswer: Hashable, Sendable, Codable {
    /// `success`.
    public var status = "success"
    /// The request and the misjudged picture.
    public var request: SightengineRequest, media: SightengineMedia
    /// Text for people.
    public var message: String

    /// See the properties of the same names.
    public init(request: SightengineRequest, media: SightengineMedia, message: String) {
        (self.request, self.media, self.message) = (request, media, message)
    }
}

/// The response to submitting a job.
public struct SightengineSubmission: Hashable, Sendable, Codable {
    /// `success`.
    public var status = "success"
    /// The request, whose ID is that of the job, and the video.
    public var request: SightengineRequest, media: SightengineMedia
    /// The address for callbacks.
    public var callback: String?
    /// The thresholds for callbacks, 0…1.
    public var nudityRaw, nudityPartial, weapon, alcohol, drugs: Double?

    enum CodingKeys: String, CodingKey {
        case status, request, media, callback
        case nudityRaw = "callthreshold_nudity_raw", nudityPartial = "callthreshold_nudity_partial"
        case weapon = "callthreshold_weapon", alcohol = "callthreshold_alcohol", drugs = "callthreshold_drugs"
    }

    /// See the properties of the same names.
    public init(request: SightengineRequest, media: SightengineMedia, callback: String?) {
        (self.request, self.media, self.callback) = (request, media, callback)
    }
}

/// The progress of a job: the body of a callback, and the `output` of `SightengineLookup`.
public struct SightengineProgress: Hashable, Sendable, Codable {
    /// The state of the job and its results so far.
    public struct Data: Hashable, Sendable, Codable {
        /// `ongoing`, `finished`, `stopped` or `failure`.
        public var status: String
        /// In Unix seconds.
        public var started, lastUpdate: Double?
        /// The operations billed so far.
        public var operations: Int?
        /// All judged pictures so far, in order. For a long live stream only the newest.
        public var frames: [SightengineFrame]
        /// The number of judged pictures, if `frames` does not contain all. Framesift's extension.
        public var totalFrames: Int?
        /// Ours, where a policy was given.
        public var outcome: PolicyOutcome?

        enum CodingKeys: String, CodingKey {
            case status, started, lastUpdate = "last_update", operations, frames, totalFrames = "total_frames"
            case outcome = "framesift"
        }

        /// See the properties of the same names.
        public init(status: String, frames: [SightengineFrame]) { (self.status, self.frames) = (status, frames) }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            status = fields.text(.status) ?? ""
            (started, lastUpdate) = (fields.number(.started), fields.number(.lastUpdate))
            (operations, totalFrames) = (fields.integer(.operations), fields.integer(.totalFrames))
            frames = try fields.decodeIfPresent([SightengineFrame].self, forKey: .frames) ?? []
            outcome = fields.object(PolicyOutcome.self, .outcome)
        }
    }
    /// The video.
    public var media: SightengineMedia
    /// The ID of the job, which is that of the request that submitted it.
    public var request: String
    /// The state of the job and its results so far.
    public var data: Data

    /// See the properties of the same names.
    public init(media: SightengineMedia, request: String, data: Data) {
        (self.media, self.request, self.data) = (media, request, data)
    }
}

/// An error response of Sightengine.
public struct SightengineFailure: Error, Hashable, Sendable, Codable {
    /// What went wrong.
    public struct Problem: Hashable, Sendable, Codable {
        /// `credentials_error`, `media_error`, `usage_limit`, `plan_error`, `argument_error`, or another.
        public var type: String
        /// The service's number for the problem, and text for people.
        public var code: Int, message: String

        /// See the properties of the same names.
        public init(type: String, code: Int, message: String) {
            (self.type, self.code, self.message) = (type, code, message)
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            type = fields.text(.type) ?? "unknown_error"
            code = fields.integer(.code) ?? 0
            message = fields.text(.message) ?? ""
        }
    }
    /// `failure`.
    public var status = "failure"
    /// The request, if the response says.
    public var request: SightengineRequest?
    /// What went wrong.
    public var error: Problem

    /// See the properties of the same names.
    public init(request: SightengineRequest?, error: Problem) { (self.request, self.error) = (request, error) }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        request = fields.object(SightengineRequest.self, .request)
        error = try fields.decode(Problem.self, forKey: .error)
    }
}
