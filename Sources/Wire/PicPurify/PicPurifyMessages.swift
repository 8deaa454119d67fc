import Foundation

/// What one of PicPurify's classifiers says of a picture.
public struct PicPurifyClassifier: Hashable, Sendable {
    /// Whether the content is present.
    public var content: Bool
    /// Confidence in that statement, 0.5…1.
    public var confidence: Double
    /// Seconds.
    public var computeTime: Double

    public init(content: Bool, confidence: Double, computeTime: Double) {
        self.content = content
        self.confidence = confidence
        self.computeTime = computeTime
    }
}

/// PicPurify's description of what it judged.
public struct PicPurifyMedia: Hashable, Sendable, Codable {
    /// `""` where the picture or video was uploaded; only the pair of the kind judged is there.
    public var urlImage, urlVideo: String?
    /// The file's name; `""` where an address was given.
    public var fileImage, fileVideo: String?
    /// 32 hexadecimal digits.
    public var mediaID: String
    /// As the request had them.
    public var referenceID, originID: String?

    enum CodingKeys: String, CodingKey {
        case urlImage = "url_image", urlVideo = "url_video", fileImage = "file_image", fileVideo = "file_video"
        case mediaID = "media_id", referenceID = "reference_id", originID = "origin_id"
    }

    public init(mediaID: String, referenceID: String? = nil, originID: String? = nil) {
        self.mediaID = mediaID
        self.referenceID = referenceID
        self.originID = originID
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        (urlImage, urlVideo) = (fields.text(.urlImage), fields.text(.urlVideo))
        (fileImage, fileVideo) = (fields.text(.fileImage), fields.text(.fileVideo))
        mediaID = fields.text(.mediaID) ?? ""
        (referenceID, originID) = (fields.text(.referenceID), fields.text(.originID))
    }
}

/// PicPurify's answer about one picture.
public struct PicPurifyImageAnswer: Hashable, Sendable {
    public var status = "success"
    /// `OK` or `KO`; `nil` where only detection tasks ran.
    public var finalDecision: String?
    /// OK: the smallest classifier confidence. KO: that of the classifier that drove it.
    public var confidenceScoreDecision: Double?
    /// Task name → result, e.g. `porn_moderation`.
    public var classifiers: [String: PicPurifyClassifier] = [:]
    public var faceDetection: PicPurifyFaceDetection?
    /// As asked, joined by commas.
    public var taskCall = ""
    public var subCalls: [String] = []
    public var performed: [String] = []
    /// Names of the tasks that fired.
    public var rejectCriteria: [String] = []
    public var media: PicPurifyMedia
    /// Seconds.
    public var totalComputeTime = 0.0
    /// Units asked and charged.
    public var unitsAsked, unitsConsumed: Int?

    public init(media: PicPurifyMedia) { self.media = media }
}

/// PicPurify's answer about a video.
public struct PicPurifyVideoAnswer: Hashable, Sendable {
    /// The documentation's sample has none; its own client wants one.
    public var status = "success"
    public var taskCall = ""
    public var nbImages = 0, nbImagesOK = 0, nbImagesKO = 0
    /// `OK` or `KO`; `nil` where only detection tasks ran.
    public var finalDecision: String?
    public var confidenceScoreDecision: Double?
    public var media: PicPurifyMedia
    /// Seconds.
    public var totalComputeTime = 0.0
    /// One a sampled picture, in order.
    public var images: [PicPurifyImageAnswer] = []
    /// Ours, where a policy was given.
    public var outcome: PolicyOutcome?

    public init(media: PicPurifyMedia) { self.media = media }
}

/// Why PicPurify did not answer.
public struct PicPurifyFailure: Error, Hashable, Sendable {
    /// Documented codes; others are kept as they come.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        public static let key = Code(rawValue: 10)
        public static let account = Code(rawValue: 11)
        public static let parameters = Code(rawValue: 12)
        public static let nothingToJudge = Code(rawValue: 20)
        public static let image = Code(rawValue: 30)
        public static let service = Code(rawValue: 50)
        public static let video = Code(rawValue: 60)
        /// Not documented as a body; HTTP's own number.
        public static let rate = Code(rawValue: 429)
    }
    public var code: Code
    /// Free text.
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// What PicPurify sends back: an answer or a failure.
public enum PicPurifyReply<Answer: Codable & Hashable & Sendable>: Hashable, Sendable {
    case answer(Answer)
    case failure(PicPurifyFailure)
}
