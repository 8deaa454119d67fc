import Moderation

/// The results of Sightengine's models for a picture. A property is `nil` unless a requested model returns it.
public struct SightengineResults: Hashable, Sendable {
    /// Model `nudity`.
    public var nudity: SightengineNudity?
    /// Probabilities (0…1). Model `wad`.
    public var weapon, alcohol, drugs: Double?
    /// Models `face` and `faces`.
    public var face: SightengineFacePresence?
    /// The results of all models that find faces.
    public var faces: [SightengineFace]?
    /// Model `type`.
    public var type: SightengineType?
    /// A probability (0…1). Model `scam`.
    public var scam: Double?
    /// Model `text`.
    public var text: SightengineText?
    /// Model `offensive`.
    public var offensive: SightengineOffensive?
    /// 0…1. Model `properties`.
    public var sharpness, contrast, brightness: Double?
    /// Model `properties`.
    public var colors: SightengineColors?
    /// Probabilities (0…1) that only newer models return.
    public var gore, money: Double?
    /// The texts of QR codes. Model `qr-content`.
    public var qrCodes: [String]?

    /// No results.
    public init() {}
}

/// The result of model `nudity`.
public struct SightengineNudity: Hashable, Sendable, Codable {
    /// Probabilities (0…1) that usually add up to 1.
    public var raw, partial, safe: Double
    /// The kind of partial nudity: `bikini`, `cleavage`, `chest` or another.
    public var partialTag: String?

    enum CodingKeys: String, CodingKey {
        case raw, partial, safe, partialTag = "partial_tag"
    }

    /// The keys of the newer model `nudity-2.1`.
    private enum TodaysKeys: String, CodingKey {
        case activity = "sexual_activity", display = "sexual_display", erotica, verySuggestive = "very_suggestive"
        case suggestive, mildlySuggestive = "mildly_suggestive", none
    }

    /// See the properties of the same names.
    public init(raw: Double, partial: Double, safe: Double, partialTag: String? = nil) {
        (self.raw, self.partial, self.safe, self.partialTag) = (raw, partial, safe, partialTag)
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let todays = try decoder.container(keyedBy: TodaysKeys.self)
        func highest(_ keys: TodaysKeys...) -> Double? { keys.compactMap { todays.number($0) }.max() }
        guard let raw = fields.number(.raw) ?? highest(.activity, .display) else {
            throw DecodingError.keyNotFound(
                CodingKeys.raw, .init(codingPath: decoder.codingPath, debugDescription: "no nudity score"))
        }
        let partial = highest(.erotica, .verySuggestive, .suggestive, .mildlySuggestive)
        self.init(
            raw: raw, partial: fields.number(.partial) ?? partial ?? 0,
            safe: fields.number(.safe) ?? todays.number(.none) ?? 1 - raw, partialTag: fields.text(.partialTag))
    }
}

/// Whether the picture shows one face or several.
public struct SightengineFacePresence: Hashable, Sendable, Codable {
    /// Probabilities (0…1), not mutually exclusive.
    public var single, multiple: Double

    enum CodingKeys: String, LenientKey { case single, multiple }
}

/// The result of model `type`.
public struct SightengineType: Hashable, Sendable, Codable {
    /// Probabilities (0…1).
    public var illustration, photo: Double

    enum CodingKeys: String, LenientKey { case illustration, photo }
}

/// A labeled part of a picture.
public struct SightengineBox: Hashable, Sendable, Codable {
    /// The top left and the bottom right corner, in fractions (0…1) of the picture's width and height.
    public var x1, y1, x2, y2: Double
    /// Such as `text-natural`, `swastika` or `middlefinger`.
    public var label: String
    /// 0…1.
    public var prob: Double?

    enum CodingKeys: String, LenientKey { case x1, y1, x2, y2, label, prob }
}

/// The result of model `text`.
public struct SightengineText: Hashable, Sendable, Codable {
    /// Probabilities (0…1) of text laid over the picture, and of text in the scene.
    public var hasArtificial, hasNatural: Double
    /// Where the text is.
    public var boxes: [SightengineBox]?

    enum CodingKeys: String, LenientKey {
        case hasArtificial = "has_artificial", hasNatural = "has_natural", boxes
    }
}

/// The result of model `offensive`.
public struct SightengineOffensive: Hashable, Sendable, Codable {
    /// 0…1.
    public var prob: Double
    /// Where the signs and gestures are.
    public var boxes: [SightengineBox]?

    /// See the properties of the same names.
    public init(prob: Double, boxes: [SightengineBox]? = nil) { (self.prob, self.boxes) = (prob, boxes) }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        boxes = fields.list(SightengineBox.self, .boxes)
        prob = fields.number(.prob) ?? boxes?.compactMap(\.prob).max() ?? 0
    }
}

/// A color.
public struct SightengineColor: Hashable, Sendable, Codable {
    /// 0…255.
    public var r, g, b: Int
    /// `#rrggbb`.
    public var hex: String
    /// Hue, saturation and value, 0…1 each. Required by newer clients.
    public var hsv: [Double]?
}

/// The colors of a picture.
public struct SightengineColors: Hashable, Sendable, Codable {
    /// The most frequent color.
    public var dominant: SightengineColor
    /// Saturated and less saturated colors, most frequent first.
    public var accent, other: [SightengineColor]

    enum CodingKeys: String, LenientKey { case dominant, accent, other }
}

/// A face in a picture. Coordinates are fractions (0…1) of the picture's width and height.
public struct SightengineFace: Hashable, Sendable, Codable {
    /// A point in a picture.
    public typealias Point = Face.Point
    /// Attributes of a face.
    public struct Attributes: Hashable, Sendable, Codable {
        /// Probabilities (0…1); `nil` if not requested. Some responses have no `female` and `male`.
        public var female, male, minor, sunglasses: Double?

        enum CodingKeys: String, LenientKey { case female, male, minor, sunglasses }
    }
    /// A well-known person.
    public struct Celebrity: Hashable, Sendable, Codable {
        /// The person's name.
        public var name: String
        /// The probability that the face is this person's, 0…1.
        public var prob: Double

        enum CodingKeys: String, LenientKey { case name, prob }
    }

    /// The top left and the bottom right corner.
    public var x1, y1, x2, y2: Double
    /// `left_eye`, `right_eye`, `nose_tip`, `left_mouth_corner` and `right_mouth_corner`.
    public var features: [String: Point]?
    /// `nil` unless `face-attributes` was requested.
    public var attributes: Attributes?
    /// People that the face resembles; `nil` unless `celebrities` was requested.
    public var celebrity: [Celebrity]?

    enum CodingKeys: String, LenientKey { case x1, y1, x2, y2, features, attributes, celebrity }
}
