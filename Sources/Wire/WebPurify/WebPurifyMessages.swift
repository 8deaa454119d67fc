/// WebPurify AIM's answer about one picture. Probabilities are percentages (0…100), and strings in messages.
public struct WebPurifyAnswer: Hashable, Sendable, Codable {
    /// Attributes of all faces in the picture.
    public struct Faces: Hashable, Sendable, Codable {
        /// The highest probability of any face, in percent.
        public var female, male, minor, sunglasses: Double?

        enum CodingKeys: String, WebPurifyKey { case female, male, minor, sunglasses }
    }
    /// A well-known person.
    public struct Celebrity: Hashable, Sendable, Codable {
        /// In lowercase.
        public var name: String
        /// In percent.
        public var prob: Double

        enum CodingKeys: String, WebPurifyKey { case name, prob }
    }

    /// Whether the response is in JSON or XML, which the service does not say: it is always `rest`.
    struct Format: Hashable, Sendable, Codable {
        init() {}
        init(from decoder: any Decoder) {}
        func encode(to encoder: any Encoder) throws { try "rest".encode(to: encoder) }
    }

    /// The name of the API method.
    public var method = "webpurify.aim.imgcheck"
    var format = Format()
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

    enum CodingKeys: String, WebPurifyKey {
        case method, format, categories, nudity, partialNudity = "nuditypartial", safe = "nuditysafe"
        case weapon, alcohol, drugs, offensive, gore, scam
        case artificialText = "artificialtext", naturalText = "naturaltext"
        case ocrText = "ocr_text", ocrProfanity = "ocr_profanity", ocrProfanityWords = "ocr_profanity_words"
        case faces, celebrities, remaining, apiKey = "api_key"
    }

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
public typealias WebPurifyReply = WireReply<WebPurifyAnswer, WebPurifyFailure>
