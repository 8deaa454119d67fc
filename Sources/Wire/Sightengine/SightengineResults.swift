import Foundation

/// The results of Sightengine's models, all optional: which are there depends on the models asked for.
/// Probabilities are 0…1.
public struct SightengineResults: Hashable, Sendable {
    public var nudity: SightengineNudity?
    public var weapon, alcohol, drugs: Double?
    public var face: SightengineFacePresence?
    /// Merged from every model that finds faces.
    public var faces: [SightengineFace]?
    public var type: SightengineType?
    public var scam: Double?
    public var text: SightengineText?
    public var offensive: SightengineOffensive?
    public var sharpness, contrast, brightness: Double?
    public var colors: SightengineColors?
    /// Today's models; the documented ones have no such keys.
    public var gore, money: Double?
    /// Contents of the QR codes found.
    public var qrCodes: [String]?

    public init() {}
}

/// How naked. Usually sums to 1.
public struct SightengineNudity: Hashable, Sendable, Codable {
    public var raw, partial, safe: Double
    /// `bikini`, `cleavage`, `chest` or others; only with partial nudity.
    public var partialTag: String?

    enum CodingKeys: String, CodingKey {
        case raw, partial, safe, partialTag = "partial_tag"
    }

    /// Today's model, `nudity-2.1`, says it in other words.
    private enum TodaysKeys: String, CodingKey {
        case activity = "sexual_activity", display = "sexual_display", erotica, verySuggestive = "very_suggestive"
        case suggestive, mildlySuggestive = "mildly_suggestive", none
    }

    public init(raw: Double, partial: Double, safe: Double, partialTag: String? = nil) {
        self.raw = raw
        self.partial = partial
        self.safe = safe
        self.partialTag = partialTag
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

/// Whether one person, or several, are in the picture; not exclusive.
public struct SightengineFacePresence: Hashable, Sendable, Codable {
    public var single, multiple: Double

    public init(single: Double, multiple: Double) {
        self.single = single
        self.multiple = multiple
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        (single, multiple) = (fields.number(.single) ?? 0, fields.number(.multiple) ?? 0)
    }
}

public struct SightengineType: Hashable, Sendable, Codable {
    public var illustration, photo: Double

    public init(illustration: Double, photo: Double) {
        self.illustration = illustration
        self.photo = photo
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        (illustration, photo) = (fields.number(.illustration) ?? 0, fields.number(.photo) ?? 0)
    }
}

/// A labelled part of the picture: sides in fractions (0…1) of width and height.
public struct SightengineBox: Hashable, Sendable, Codable {
    public var x1, y1, x2, y2: Double
    /// E.g. `text-natural`, `swastika`, `middlefinger`.
    public var label: String
    public var prob: Double?

    public init(x1: Double, y1: Double, x2: Double, y2: Double, label: String, prob: Double? = nil) {
        (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
        self.label = label
        self.prob = prob
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        (x1, y1) = (fields.number(.x1) ?? 0, fields.number(.y1) ?? 0)
        (x2, y2) = (fields.number(.x2) ?? 0, fields.number(.y2) ?? 0)
        label = fields.text(.label) ?? ""
        prob = fields.number(.prob)
    }
}

public struct SightengineText: Hashable, Sendable, Codable {
    public var hasArtificial, hasNatural: Double
    public var boxes: [SightengineBox]?

    enum CodingKeys: String, CodingKey {
        case hasArtificial = "has_artificial", hasNatural = "has_natural", boxes
    }

    public init(hasArtificial: Double, hasNatural: Double, boxes: [SightengineBox]? = nil) {
        self.hasArtificial = hasArtificial
        self.hasNatural = hasNatural
        self.boxes = boxes
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        hasArtificial = fields.number(.hasArtificial) ?? 0
        hasNatural = fields.number(.hasNatural) ?? 0
        boxes = fields.list(SightengineBox.self, .boxes)
    }
}

public struct SightengineOffensive: Hashable, Sendable, Codable {
    public var prob: Double
    public var boxes: [SightengineBox]?

    public init(prob: Double, boxes: [SightengineBox]? = nil) {
        self.prob = prob
        self.boxes = boxes
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        boxes = fields.list(SightengineBox.self, .boxes)
        prob = fields.number(.prob) ?? boxes?.compactMap(\.prob).max() ?? 0
    }
}

public struct SightengineColor: Hashable, Sendable, Codable {
    /// 0…255.
    public var r, g, b: Int
    /// `#rrggbb`.
    public var hex: String
    /// Hue, saturation and value, 0…1 each; today's clients want it beside `hex`.
    public var hsv: [Double]?

    public init(r: Int, g: Int, b: Int, hex: String, hsv: [Double]? = nil) {
        (self.r, self.g, self.b) = (r, g, b)
        self.hex = hex
        self.hsv = hsv
    }
}

public struct SightengineColors: Hashable, Sendable, Codable {
    public var dominant: SightengineColor
    public var accent, other: [SightengineColor]

    public init(dominant: SightengineColor, accent: [SightengineColor], other: [SightengineColor]) {
        self.dominant = dominant
        self.accent = accent
        self.other = other
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        dominant = try fields.decode(SightengineColor.self, forKey: .dominant)
        accent = fields.list(SightengineColor.self, .accent) ?? []
        other = fields.list(SightengineColor.self, .other) ?? []
    }
}

/// A face; coordinates in fractions (0…1) of the picture's width and height.
public struct SightengineFace: Hashable, Sendable, Codable {
    public struct Point: Hashable, Sendable, Codable {
        public var x, y: Double
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }
    /// Which are there depends on the models; some answers lack `female` and `male`.
    public struct Attributes: Hashable, Sendable, Codable {
        public var female, male, minor, sunglasses: Double?

        public init(female: Double? = nil, male: Double? = nil, minor: Double? = nil, sunglasses: Double? = nil) {
            self.female = female
            self.male = male
            self.minor = minor
            self.sunglasses = sunglasses
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            (female, male) = (fields.number(.female), fields.number(.male))
            (minor, sunglasses) = (fields.number(.minor), fields.number(.sunglasses))
        }
    }
    public struct Celebrity: Hashable, Sendable, Codable {
        public var name: String
        public var prob: Double

        public init(name: String, prob: Double) {
            self.name = name
            self.prob = prob
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            name = fields.text(.name) ?? ""
            prob = fields.number(.prob) ?? 0
        }
    }

    public var x1, y1, x2, y2: Double
    /// `left_eye`, `right_eye`, `nose_tip`, `left_mouth_corner`, `right_mouth_corner`.
    public var features: [String: Point]?
    public var attributes: Attributes?
    public var celebrity: [Celebrity]?

    public init(x1: Double, y1: Double, x2: Double, y2: Double) {
        (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        (x1, y1) = (fields.number(.x1) ?? 0, fields.number(.y1) ?? 0)
        (x2, y2) = (fields.number(.x2) ?? 0, fields.number(.y2) ?? 0)
        features = fields.object([String: Point].self, .features)
        attributes = fields.object(Attributes.self, .attributes)
        celebrity = fields.list(Celebrity.self, .celebrity)
    }
}
