/// The result of one of PicPurify's classifiers.
public struct PicPurifyClassifier: Hashable, Sendable {
    /// Whether the content is present.
    public var content: Bool
    /// Confidence in `content`, 0.5…1.
    public var confidence: Double
    /// In seconds.
    public var computeTime: Double
}

/// PicPurify's description of a picture or video.
public struct PicPurifyMedia: Hashable, Sendable, Codable {
    /// The address; `""` for an upload, `nil` for the other kind of media.
    public var urlImage, urlVideo: String?
    /// The file's name; `""` for an address, `nil` for the other kind of media.
    public var fileImage, fileVideo: String?
    /// 32 hexadecimal digits.
    public var mediaID: String
    /// As given in the request.
    public var referenceID, originID: String?

    enum CodingKeys: String, LenientKey {
        case urlImage = "url_image", urlVideo = "url_video", fileImage = "file_image", fileVideo = "file_video"
        case mediaID = "media_id", referenceID = "reference_id", originID = "origin_id"
    }

    /// See the properties of the same names.
    public init(mediaID: String, referenceID: String? = nil, originID: String? = nil) {
        (self.mediaID, self.referenceID, self.originID) = (mediaID, referenceID, originID)
    }
}

/// PicPurify's answer about one picture.
public struct PicPurifyImageAnswer: Hashable, Sendable {
    /// `success` or `failure`.
    public var status = "success"
    /// `OK` or `KO`; `nil` if only detection tasks were requested.
    public var finalDecision: String?
    /// OK: the lowest confidence of a classifier. KO: the highest confidence of a classifier that fired. 0.5…1.
    public var confidenceScoreDecision: Double?
    /// Results by task, such as `porn_moderation`.
    public var classifiers: [String: PicPurifyClassifier] = [:]
    /// `nil` if no detection task was requested.
    public var faceDetection: PicPurifyFaceDetection?
    /// The requested tasks, separated by commas.
    public var taskCall = ""
    /// The parts of these tasks, and those that were performed.
    public var subCalls: [String] = [], performed: [String] = []
    /// The names of the tasks that fired.
    public var rejectCriteria: [String] = []
    /// The picture.
    public var media: PicPurifyMedia
    /// In seconds.
    public var totalComputeTime = 0.0
    /// The units requested and billed.
    public var unitsAsked, unitsConsumed: Int?

    /// An answer without results.
    public init(media: PicPurifyMedia) { self.media = media }
}

/// PicPurify's answer about a video.
public struct PicPurifyVideoAnswer: Hashable, Sendable, Codable {
    /// Missing in the documentation's sample, but required by PicPurify's own client.
    public var status = "success"
    /// The requested tasks, separated by commas.
    public var taskCall = ""
    /// The number of pictures, and of those with each decision.
    public var nbImages = 0, nbImagesOK = 0, nbImagesKO = 0
    /// `OK` or `KO`; `nil` if only detection tasks were requested.
    public var finalDecision: String?
    /// Confidence in the decision, 0.5…1.
    public var confidenceScoreDecision: Double?
    /// The video.
    public var media: PicPurifyMedia
    /// In seconds.
    public var totalComputeTime = 0.0
    /// The sampled pictures, in order.
    public var images: [PicPurifyImageAnswer] = []
    /// Ours, where a policy was given.
    public var outcome: PolicyOutcome?

    enum CodingKeys: String, CodingKey {
        case status, media, taskCall = "task_call", totalComputeTime = "total_compute_time", images = "images_results"
        case nbImages = "nb_images", nbImagesOK = "nb_images_ok", nbImagesKO = "nb_images_ko"
        case finalDecision = "final_decision", confidenceScoreDecision = "confidence_score_decision"
        case outcome = "framesift"
    }

    /// An answer without results.
    public init(media: PicPurifyMedia) { self.media = media }
}

/// An error response of PicPurify.
public struct PicPurifyFailure: Error, Hashable, Sendable {
    /// An error code: one of the documented constants below, or any other.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The number in messages.
        public let rawValue: Int
        /// Accepts any number.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The key is not valid, or the account is not active or has no units left.
        public static let key = Code(rawValue: 10), account = Code(rawValue: 11)
        /// A parameter is missing or invalid, or the request has no picture or video.
        public static let parameters = Code(rawValue: 12), nothingToJudge = Code(rawValue: 20)
        /// The picture cannot be judged.
        public static let image = Code(rawValue: 30)
        /// The service has an internal error.
        public static let service = Code(rawValue: 50)
        /// The video cannot be judged.
        public static let video = Code(rawValue: 60)
        /// There are too many requests. Not documented as a code; HTTP's status.
        public static let rate = Code(rawValue: 429)
    }
    /// The kind of error, and text for people.
    public var code: Code, message: String

    /// See the properties of the same names.
    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }
}

/// A response of PicPurify.
public typealias PicPurifyReply<Answer: Codable & Hashable & Sendable> = WireReply<Answer, PicPurifyFailure>
