/// WebPurify AIM's answer about one picture. Probabilities are percentages (0…100), and strings in messages.
public struct WebPurifyAnswer: Hashable, Sendable {
    /// Attributes of all faces in the picture.
    public struct Faces: Hashable, Sendable {
        /// The highest probability of any face, in percent.
        public var female, male, minor, sunglasses: Double?

        /// See the properties of the same names.
        public init(female: Double? = nil, male: Double? = nil, minor: Double? = nil, sunglasses: Double? = nil) {
            (self.female, self.male, self.minor, self.sunglasses) = (female, male, minor, sunglasses)
        }
    }
    /// A well-known person.
    public struct Celebrity: Hashable, Sendable {
        /// In lowercase.
        public var name: String
        /// In percent.
        public var prob: Double

        /// See the properties of the same names.
        public init(name: String, prob: Double) { (self.name, self.prob) = (name, prob) }
    }

    /// The name of the API method.
    public var method = "webpurify.aim.imgcheck"
    /// The number of requested categories.
    public var categories: Int?
    /// In percent; `nil` if not requested.
    public var nudity, partialNudity, safe: Double?
    /// In percent; `nil` if not requested.
    public var weapon, alcohol, drugs, offensive, gore, scam: Double?
    /// In percent; `nil` if not requested.
    public var artificialText, naturalText: Double?
    /// The recognized text; `nil` if not requested.
    public var ocrText: String?
    /// More than 0 if the text contains profanity.
    public var ocrProfanity: Int?
    /// The profane words, separated by commas.
    public var ocrProfanityWords: String?
    /// `nil` if not requested, or without faces.
    public var faces: Faces?
    /// Most likely first; `nil` if not requested.
    public var celebrities: [Celebrity]?
    /// The number of requests left. Only in answers to `imgaccount`.
    public var remaining: Int?
    /// The key of the request.
    public var apiKey: String?

    /// An answer without results.
    public init() {}
}

/// An error response of WebPurify.
public struct WebPurifyFailure: Error, Hashable, Sendable {
    /// An error code: one of the documented constants below, or any other.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The number in messages.
        public let rawValue: Int
        /// Accepts any number.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The key is not valid, or not active.
        public static let invalidKey = Code(rawValue: 100), inactiveKey = Code(rawValue: 101)
        /// The request has no key.
        public static let missingKey = Code(rawValue: 102)
        /// The address is not valid, or the picture's format is not supported.
        public static let invalidURL = Code(rawValue: 103), unsupportedFormat = Code(rawValue: 104)
        /// There is no picture at the address.
        public static let notFound = Code(rawValue: 105)
        /// No requests are left.
        public static let outOfRequests = Code(rawValue: 106)
        /// The picture has too few pixels.
        public static let tooSmall = Code(rawValue: 107)
        /// A category is unknown.
        public static let undefinedCategory = Code(rawValue: 108)
    }
    /// The kind of error, and text for people.
    public var code: Code, message: String

    /// See the properties of the same names.
    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }
}

/// A response of WebPurify, in JSON or XML.
public enum WebPurifyReply: Hashable, Sendable {
    /// The picture was judged.
    case answer(WebPurifyAnswer)
    /// The request failed.
    case failure(WebPurifyFailure)
}
