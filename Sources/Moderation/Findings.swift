/// What was found in a picture, and where. A property is `nil` if nothing looked for it, and empty if it was not found.
public struct Findings: Hashable, Sendable, Codable {
    /// Faces in the picture.
    public var faces: [Face]?
    /// Hands in the picture.
    public var hands: [Hand]?
    /// Lines of text, in reading order.
    public var lines: [TextLine]?
    /// Parts of bodies.
    public var parts: [BodyPart]?
    /// For each category whose highest score came from a part of the picture: that part.
    public var views: [ScoredView]?
    /// The texts of QR codes.
    public var qrCodes: [String]?
    /// Dominant colors as `#rrggbb`, most frequent first.
    public var colors: [String]?
    /// The name of the judge, if several judges share the work.
    public var judgedBy: String?
    /// The result of comparing the picture with known content, if it matched or could not be compared.
    public var known: KnownFinding?

    /// See the properties of the same names.
    public init(
        faces: [Face]? = nil, qrCodes: [String]? = nil, colors: [String]? = nil, judgedBy: String? = nil,
        known: KnownFinding? = nil
    ) {
        (self.faces, self.qrCodes, self.colors) = (faces, qrCodes, colors)
        (self.judgedBy, self.known) = (judgedBy, known)
    }

    /// Whether nothing was looked for.
    public var isEmpty: Bool { self == Findings() }

    /// Adds another judge's findings for the same picture. If both judges looked for something, keeps the first findings.
    public mutating func add(_ other: Findings) {
        faces = faces ?? other.faces
        hands = hands ?? other.hands
        lines = lines ?? other.lines
        parts = parts ?? other.parts
        views = (views ?? []) + (other.views ?? [])
        if views?.isEmpty == true { views = nil }
        qrCodes = qrCodes ?? other.qrCodes
        colors = colors ?? other.colors
        judgedBy = judgedBy ?? other.judgedBy
        known = known ?? other.known
    }
}

/// An upright rectangle, in fractions (0…1) of the picture's width and height.
public struct Box: Hashable, Sendable, Codable {
    /// The top left and the bottom right corner.
    public var x1, y1, x2, y2: Double
    /// See the properties of the same names.
    public init(x1: Double, y1: Double, x2: Double, y2: Double) {
        (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
    }

    /// Returns the intersection over union of two boxes, 0…1; 0 if either has no area.
    public func overlap(_ other: Box) -> Double {
        let width = min(x2, other.x2) - max(x1, other.x1), height = min(y2, other.y2) - max(y1, other.y1)
        guard width > 0, height > 0 else { return 0 }
        return width * height / (area + other.area - width * height)
    }

    private var area: Double { (x2 - x1) * (y2 - y1) }
}

/// A hand in a picture.
public struct Hand: Hashable, Sendable, Codable {
    /// Encloses the hand's 21 landmarks.
    public var box: Box
    /// The probability that this is a hand, 0…1.
    public var confidence: Double
    /// The score for showing the middle finger, 0…1.
    public var gesture: Double

    /// See the properties of the same names.
    public init(box: Box, confidence: Double, gesture: Double) {
        (self.box, self.confidence, self.gesture) = (box, confidence, gesture)
    }
}

/// A line of text in a picture.
public struct TextLine: Hashable, Sendable, Codable {
    /// Where text comes from.
    public enum Origin: String, Hashable, Sendable, Codable {
        /// Laid over the picture.
        case artificial
        /// Part of the scene.
        case natural
    }

    /// Something in the text that identifies a person, or says how to contact them.
    public struct PersonalDatum: Hashable, Sendable, Codable {
        /// An email address, a site, a phone number, or a social media account.
        public enum Kind: String, Hashable, Sendable, Codable { case email, url, phone, social }
        /// What it is.
        public var kind: Kind
        /// As written in the picture.
        public var text: String
        /// See the properties of the same names.
        public init(kind: Kind, text: String) { (self.kind, self.text) = (kind, text) }
    }

    /// The recognized text.
    public var text: String
    /// The mean confidence of its characters, 0…1.
    public var confidence: Double
    /// Top left, top right, bottom right, bottom left, in fractions (0…1) of the picture. The line may be tilted.
    public var corners: [Face.Point]
    /// Whether it is laid over the picture.
    public var origin: Origin
    /// The words on the word lists that it contains, as listed.
    public var profanity: [String]
    /// The personal data that it contains.
    public var personal: [PersonalDatum]

    /// See the properties of the same names.
    public init(
        text: String, confidence: Double, corners: [Face.Point], origin: Origin, profanity: [String] = [],
        personal: [PersonalDatum] = []
    ) {
        (self.text, self.confidence, self.corners) = (text, confidence, corners)
        (self.origin, self.profanity, self.personal) = (origin, profanity, personal)
    }

    /// The upright rectangle that encloses the line.
    public var box: Box {
        let (xs, ys) = (corners.map(\.x), corners.map(\.y))
        return Box(x1: xs.min() ?? 0, y1: ys.min() ?? 0, x2: xs.max() ?? 0, y2: ys.max() ?? 0)
    }
}

/// A part of a body, covered or not.
public struct BodyPart: Hashable, Sendable, Codable {
    /// The model's name for it, such as `female_breast_covered`.
    public var label: String
    /// Where it is.
    public var box: Box
    /// 0…1.
    public var confidence: Double
    /// See the properties of the same names.
    public init(label: String, box: Box, confidence: Double) {
        (self.label, self.box, self.confidence) = (label, box, confidence)
    }
}

/// The part of a picture in which a category scored highest.
public struct ScoredView: Hashable, Sendable, Codable {
    /// The category.
    public var category: ContentCategory
    /// 0…1.
    public var probability: Double
    /// The part of the picture.
    public var box: Box
    /// See the properties of the same names.
    public init(category: ContentCategory, probability: Double, box: Box) {
        (self.category, self.probability, self.box) = (category, probability, box)
    }
}
