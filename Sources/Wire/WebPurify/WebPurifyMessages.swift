import Foundation

/// WebPurify AIM's answer about one picture. Probabilities are percentages (0…100), exchanged as strings.
public struct WebPurifyAnswer: Hashable, Sendable {
    /// Of the whole picture, all faces together; percent.
    public struct Faces: Hashable, Sendable {
        public var female, male, minor, sunglasses: Double?

        public init(female: Double? = nil, male: Double? = nil, minor: Double? = nil, sunglasses: Double? = nil) {
            self.female = female
            self.male = male
            self.minor = minor
            self.sunglasses = sunglasses
        }
    }
    public struct Celebrity: Hashable, Sendable {
        /// Lower case.
        public var name: String
        /// Percent.
        public var prob: Double

        public init(name: String, prob: Double) {
            self.name = name
            self.prob = prob
        }
    }

    public var method = "webpurify.aim.imgcheck"
    /// How many categories were asked for.
    public var categories: Int?
    public var nudity, partialNudity, safe: Double?
    public var weapon, alcohol, drugs: Double?
    public var offensive, gore, scam: Double?
    public var artificialText, naturalText: Double?
    public var ocrText: String?
    /// More than 0: profanity was found in the recognised text.
    public var ocrProfanity: Int?
    public var ocrProfanityWords: String?
    public var faces: Faces?
    /// The likeliest first.
    public var celebrities: [Celebrity]?
    /// Requests left; only in the answer to `imgaccount`.
    public var remaining: Int?
    /// The key of the request, repeated.
    public var apiKey: String?

    public init() {}
}

/// Why WebPurify did not answer.
public struct WebPurifyFailure: Error, Hashable, Sendable {
    /// Documented codes; others are kept as they come.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        public static let invalidKey = Code(rawValue: 100)
        public static let inactiveKey = Code(rawValue: 101)
        public static let missingKey = Code(rawValue: 102)
        public static let invalidURL = Code(rawValue: 103)
        public static let unsupportedFormat = Code(rawValue: 104)
        public static let notFound = Code(rawValue: 105)
        public static let outOfRequests = Code(rawValue: 106)
        public static let tooSmall = Code(rawValue: 107)
        public static let undefinedCategory = Code(rawValue: 108)
    }
    public var code: Code
    public var message: String

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }
}

/// What WebPurify sends back, as JSON or XML.
public enum WebPurifyReply: Hashable, Sendable {
    case answer(WebPurifyAnswer)
    case failure(WebPurifyFailure)
}
