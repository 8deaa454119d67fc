/// ModerateContent's answer about one picture.
public struct ModerateContentAnswer: Hashable, Sendable, Codable {
    /// The audience for which a picture is suitable.
    public enum Rating: String, Hashable, Sendable, Codable, CaseIterable {
        /// By ascending age.
        case everyone, teen, adult

        /// 1 everyone, 2 teen, 3 adult.
        public var index: Int { Self.allCases.prefix { $0 != self }.count + 1 }
        /// `e`, `t`, `a`.
        public var letter: String { String(rawValue.prefix(1)) }
    }

    /// The probability of each rating.
    public struct Predictions: Hashable, Sendable, Codable {
        /// Percentages that add up to 100.
        public var everyone, teen, adult: Double

        enum CodingKeys: String, LenientKey { case everyone, teen, adult }

        /// The most likely rating. Of equally likely ones, the strictest.
        public var rating: Rating {
            let highest = max(everyone, teen, adult)
            return adult == highest ? .adult : teen == highest ? .teen : .everyone
        }
    }

    /// The address of the picture.
    public var url: String
    /// The most likely rating.
    public var rating: Rating
    /// The probability of each rating.
    public var predictions: Predictions
    /// `nil` if faces were not requested.
    public var faces: [ModerateContentFace]?
    /// The number of the judged picture in an animation, from 1.
    public var frame: Int?

    enum CodingKeys: String, CodingKey {
        case url = "url_classified", index = "rating_index", letter = "rating_letter", label = "rating_label"
        case predictions, faces, frame, code = "error_code", error
    }

    /// See the properties of the same names.
    public init(url: String, predictions: Predictions) {
        (self.url, self.predictions, rating) = (url, predictions, predictions.rating)
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        url = fields.text(.url) ?? ""
        predictions = try fields.decode(Predictions.self, forKey: .predictions)
        let label = fields.text(.label).flatMap { Rating(rawValue: $0.lowercased()) }
        let index = fields.integer(.index)
        rating = label ?? Rating.allCases.first { $0.index == index } ?? predictions.rating
        faces = fields.list(ModerateContentFace.self, .faces)
        frame = fields.integer(.frame)
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(url, forKey: .url)
        try fields.encode(rating.index, forKey: .index)
        try fields.encode(rating.letter, forKey: .letter)
        try fields.encode(rating.rawValue, forKey: .label)
        try fields.encode(predictions, forKey: .predictions)
        try fields.encodeIfPresent(faces, forKey: .faces)
        try fields.encodeIfPresent(frame, forKey: .frame)
        try fields.encode(0, forKey: .code)
    }
}

/// A face in a picture.
public struct ModerateContentFace: Hashable, Sendable, Codable {
    /// A rectangle. Messages contain `left` also as `x`, and `top` as `y`, as in the documentation's samples; its text has
    /// them the other way around.
    public struct Box: Hashable, Sendable, Codable {
        /// In pixels.
        public var left, top, right, bottom: Int

        enum CodingKeys: String, CodingKey { case left, top, right, bottom, x, y, width, height }

        public func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            let sides: [CodingKeys: Int] = [
                .left: left, .x: left, .top: top, .y: top, .right: right, .bottom: bottom, .width: right - left,
                .height: bottom - top,
            ]
            for (key, side) in sides { try fields.encode(side, forKey: key) }
        }
    }
    /// `male` or `female`.
    public var gender: String?
    /// In years; -1 if uncertain.
    public var age: Int?
    /// Where the face is.
    public var face: Box

    enum CodingKeys: String, LenientKey { case gender, age, face }
}

extension ModerateContentFace.Box {
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        left = fields.integer(.left) ?? fields.integer(.x) ?? 0
        top = fields.integer(.top) ?? fields.integer(.y) ?? 0
        right = fields.integer(.right) ?? left + (fields.integer(.width) ?? 0)
        bottom = fields.integer(.bottom) ?? top + (fields.integer(.height) ?? 0)
    }
}

/// An error response of ModerateContent.
public struct ModerateContentFailure: Error, Hashable, Sendable, Codable {
    /// An error code: one of the documented constants below, or any other.
    public struct Code: RawRepresentable, Hashable, Sendable {
        /// The number in messages.
        public let rawValue: Int
        /// Accepts any number.
        public init(rawValue: Int) { self.rawValue = rawValue }

        /// The address cannot be reached.
        public static let unreachable = Code(rawValue: 1001)
        /// The request has no address, or the upload has no boundary.
        public static let noURL = Code(rawValue: 1002), noBoundary = Code(rawValue: 1003)
        /// The key lacks permissions.
        public static let permissions = Code(rawValue: 1004)
        /// The upload is incomplete, or cannot be parsed.
        public static let unexpectedEnd = Code(rawValue: 1005), malformedUpload = Code(rawValue: 1006)
        /// The address cannot be parsed.
        public static let malformedURL = Code(rawValue: 1007)
        /// The picture has too many bytes.
        public static let tooLarge = Code(rawValue: 1008)
    }
    /// The kind of error, which is never 0, and text for people.
    public var code: Code, message: String

    private enum CodingKeys: String, CodingKey { case code = "error_code", message = "error" }

    /// See the properties of the same names.
    public init(_ code: Code, _ message: String) { (self.code, self.message) = (code, message) }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        guard let number = fields.integer(.code), number != 0 else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "no error code other than 0"))
        }
        code = Code(rawValue: number)
        message = fields.text(.message) ?? ""
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(code.rawValue, forKey: .code)
        try fields.encode(message, forKey: .message)
    }
}

/// A response of ModerateContent.
public typealias ModerateContentReply = WireReply<ModerateContentAnswer, ModerateContentFailure>
