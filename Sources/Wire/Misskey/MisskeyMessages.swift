import Moderation

/// A response of Misskey's detector of sensitive media, `POST /v1/detect-images`.
///
/// Source: https://github.com/misskey-dev/sensitive-detector, docs/api-detect-images.md, and the client in
/// https://github.com/misskey-dev/misskey, SensitiveMediaDetectionService.ts.
public enum MisskeyReply: Hashable, Sendable {
    /// A result for each part of the request, in order.
    case results([MisskeyResult])
    /// Why the whole request failed.
    case failure(MisskeyProblem)
}

/// The result for one picture.
public enum MisskeyResult: Hashable, Sendable {
    /// The probability of each class. The detector's own add up to 1.
    case predictions([MisskeyPrediction])
    /// Why this picture has none.
    case failure(MisskeyProblem)
}

/// The probability of a class.
public struct MisskeyPrediction: Hashable, Sendable, Codable {
    /// `Drawing`, `Hentai`, `Neutral`, `Porn` or `Sexy`; clients take any name.
    public var className: String
    /// 0…1.
    public var probability: Double

    /// See the properties of the same names.
    public init(className: String, probability: Double) {
        (self.className, self.probability) = (className, probability)
    }
}

/// Why a request or a picture failed.
public struct MisskeyProblem: Hashable, Sendable, Codable {
    /// What clients tell apart: one of the constants below, or any other.
    public struct Code: RawRepresentable, Hashable, Sendable, Codable {
        /// The text in messages.
        public let rawValue: String
        /// Accepts any text.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The bearer token is missing or wrong.
        public static let authenticationRequired = Code(rawValue: "AUTHENTICATION_REQUIRED")
        /// The request makes no sense, or a part is empty.
        public static let invalidRequest = Code(rawValue: "INVALID_REQUEST")
        /// The request is no multipart form, or the format of a picture is none that is taken.
        public static let unsupportedMediaType = Code(rawValue: "UNSUPPORTED_MEDIA_TYPE")
        /// Too many bytes, parts or pixels.
        public static let requestTooLarge = Code(rawValue: "REQUEST_TOO_LARGE")
        /// The picture cannot be read.
        public static let imageDecodeFailed = Code(rawValue: "IMAGE_DECODE_FAILED")
        /// The classes cannot be judged here.
        public static let modelUnavailable = Code(rawValue: "MODEL_UNAVAILABLE")
        /// Judging failed or took too long.
        public static let detectionFailed = Code(rawValue: "DETECTION_FAILED")
    }

    /// What clients tell apart.
    public var code: Code
    /// One sentence for people.
    public var message: String

    /// See the properties of the same names.
    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }
}

// MARK: Coding

extension MisskeyReply: Codable {
    private enum CodingKeys: String, CodingKey { case success, result, error }
    private struct Outcome: Codable { var results: [MisskeyResult] }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self =
            try fields.decode(Bool.self, forKey: .success)
            ? .results(try fields.decode(Outcome.self, forKey: .result).results)
            : .failure(try fields.decode(MisskeyProblem.self, forKey: .error))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .results(let results):
            try fields.encode(true, forKey: .success)
            try fields.encode(Outcome(results: results), forKey: .result)
        case .failure(let problem):
            try fields.encode(false, forKey: .success)
            try fields.encode(problem, forKey: .error)
        }
    }
}

extension MisskeyResult: Codable {
    private enum CodingKeys: String, CodingKey { case success, predictions, error }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        self =
            try fields.decode(Bool.self, forKey: .success)
            ? .predictions(try fields.decode([MisskeyPrediction].self, forKey: .predictions))
            : .failure(try fields.decode(MisskeyProblem.self, forKey: .error))
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .predictions(let predictions):
            try fields.encode(true, forKey: .success)
            try fields.encode(predictions, forKey: .predictions)
        case .failure(let problem):
            try fields.encode(false, forKey: .success)
            try fields.encode(problem, forKey: .error)
        }
    }
}

// MARK: Categories

extension MisskeyResult {
    /// The categories that the five classes are made of.
    public static let categories: Set<ContentCategory> = [.nudityExplicit, .nuditySuggestive, .typeIllustration]

    /// The five classes of a judgement. `nil` unless all `categories` were judged.
    ///
    /// Explicit, suggestive and neither add up to 1, what is suggestive being cut if need be. How much of the explicit and of
    /// the rest is drawn is taken to depend on the picture alone: the probability of a drawing divides both.
    public init?(_ judgement: Judgement) {
        let found = judgement.probabilities
        guard let explicit = found[.nudityExplicit], let suggestive = found[.nuditySuggestive],
            let drawn = found[.typeIllustration]
        else { return nil }
        let sexy = min(suggestive, 1 - explicit)
        let rest = max(0, 1 - explicit - sexy)
        self.init(
            drawing: rest * drawn, hentai: explicit * drawn, neutral: rest * (1 - drawn), porn: explicit * (1 - drawn),
            sexy: sexy)
    }

    /// The result for a picture that matches known content: there is no class for that, but it must not look harmless.
    public static let ofKnownContent = MisskeyResult(drawing: 0, hentai: 0, neutral: 0, porn: 1, sexy: 0)

    private init(drawing: Double, hentai: Double, neutral: Double, porn: Double, sexy: Double) {
        let classes = [
            ("Drawing", drawing), ("Hentai", hentai), ("Neutral", neutral), ("Porn", porn), ("Sexy", sexy),
        ]
        self = .predictions(classes.map { MisskeyPrediction(className: $0, probability: $1) })
    }
}
