import Foundation
import Moderation

/// ModerateContent's answer about one picture.
public struct ModerateContentAnswer: Hashable, Sendable, Codable {
    public enum Rating: String, Hashable, Sendable, Codable, CaseIterable {
        case everyone, teen, adult

        /// 1 everyone, 2 teen, 3 adult.
        public var index: Int {
            switch self {
            case .everyone: 1
            case .teen: 2
            case .adult: 3
            }
        }
        /// `e`, `t`, `a`.
        public var letter: String { String(rawValue.prefix(1)) }
    }

    /// Percentages that sum to 100.
    public struct Predictions: Hashable, Sendable, Codable {
        public var everyone, teen, adult: Double

        public init(everyone: Double, teen: Double, adult: Double) {
            self.everyone = everyone
            self.teen = teen
            self.adult = adult
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            everyone = fields.number(.everyone) ?? 0
            teen = fields.number(.teen) ?? 0
            adult = fields.number(.adult) ?? 0
        }

        /// The likeliest; of equals the strictest.
        public var rating: Rating {
            let highest = max(everyone, teen, adult)
            return adult == highest ? .adult : teen == highest ? .teen : .everyone
        }
    }

    public var url: String
    public var rating: Rating
    public var predictions: Predictions
    /// Only when asked for.
    public var faces: [ModerateContentFace]?
    /// Of an animation, the picture judged, from 1 on.
    public var frame: Int?

    enum CodingKeys: String, CodingKey {
        case url = "url_classified", index = "rating_index", letter = "rating_letter", label = "rating_label"
        case predictions, faces, frame, code = "error_code", error
    }

    public init(url: String, predictions: Predictions) {
        self.url = url
        self.predictions = predictions
        rating = predictions.rating
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

public struct ModerateContentFace: Hashable, Sendable, Codable {
    /// Whole pixels. The documentation says the same sides twice: `x` is `left`, `y` is `top` (its samples; its prose
    /// has them the other way round).
    public struct Box: Hashable, Sendable, Codable {
        public var left, top, right, bottom: Int

        enum CodingKeys: String, CodingKey { case left, top, right, bottom, x, y, width, height }

        public init(left: Int, top: Int, right: Int, bottom: Int) {
            (self.left, self.top, self.right, self.bottom) = (left, top, right, bottom)
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            left = fields.integer(.left) ?? fields.integer(.x) ?? 0
            top = fields.integer(.top) ?? fields.integer(.y) ?? 0
            right = fields.integer(.right) ?? left + (fields.integer(.width) ?? 0)
            bottom = fields.integer(.bottom) ?? top + (fields.integer(.height) ?? 0)
        }

        public func encode(to encoder: any Encoder) throws {
            var fields = encoder.container(keyedBy: CodingKeys.self)
            try fields.encode(left, forKey: .left)
            try fields.encode(left, forKey: .x)
            try fields.encode(top, forKey: .top)
            try fields.encode(top, forKey: .y)
            try fields.encode(right, forKey: .right)
            try fields.encode(bottom, forKey: .bottom)
            try fields.encode(right - left, forKey: .width)
            try fields.encode(bottom - top, forKey: .height)
        }
    }
    /// `male` or `female`.
    public var gender: String?
    /// Years; -1 when it is unsure.
    public var age: Int?
    public var face: Box

    private enum CodingKeys: String, CodingKey { case gender, age, face }

    public init(gender: String? = nil, age: Int? = nil, face: Box) {
        self.gender = gender
        self.age = age
        self.face = face
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        gender = fields.text(.gender)
        age = fields.integer(.age)
        face = try fields.decode(Box.self, forKey: .face)
    }
}

/// Why ModerateContent did not answer.
public struct ModerateContentFailure: Error, Hashable, Sendable, Codable {
    /// Documented codes; others are kept as they come.
    public struct Code: RawRepresentable, Hashable, Sendable {
        public let rawValue: Int
        public init(rawValue: Int) { self.rawValue = rawValue }

        public static let unreachable = Code(rawValue: 1001)
        public static let noURL = Code(rawValue: 1002)
        public static let noBoundary = Code(rawValue: 1003)
        public static let permissions = Code(rawValue: 1004)
        public static let unexpectedEnd = Code(rawValue: 1005)
        public static let malformedUpload = Code(rawValue: 1006)
        public static let malformedURL = Code(rawValue: 1007)
        public static let tooLarge = Code(rawValue: 1008)
    }
    public var code: Code
    public var message: String

    private enum CodingKeys: String, CodingKey { case code = "error_code", message = "error" }

    public init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

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

/// What ModerateContent sends back.
public enum ModerateContentReply: Hashable, Sendable, Codable {
    case answer(ModerateContentAnswer)
    case failure(ModerateContentFailure)

    public init(from decoder: any Decoder) throws {
        if let failure = try? ModerateContentFailure(from: decoder) {
            self = .failure(failure)
        } else {
            self = .answer(try ModerateContentAnswer(from: decoder))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        switch self {
        case .answer(let answer): try answer.encode(to: encoder)
        case .failure(let failure): try failure.encode(to: encoder)
        }
    }
}
