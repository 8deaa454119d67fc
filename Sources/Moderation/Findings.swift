/// Details beside the probabilities: what was found, and where. What nobody looked for is `nil`, what was looked for and
/// not found an empty list.
public struct Findings: Hashable, Sendable, Codable {
    public var faces: [Face]?
    public var hands: [Hand]?
    /// Lines of text, in reading order.
    public var lines: [TextLine]?
    public var parts: [BodyPart]?
    /// For each category whose highest score came from a part of the picture: which one.
    public var views: [ScoredView]?
    /// Texts of the QR codes in the picture.
    public var qrCodes: [String]?
    /// Dominant colours as `#rrggbb`, the most frequent first.
    public var colors: [String]?
    /// Who judged the picture, where several judges share the work.
    public var judgedBy: String?
    /// What lists of known content say, where it matches or could not be compared.
    public var known: KnownFinding?

    public init(
        faces: [Face]? = nil, qrCodes: [String]? = nil, colors: [String]? = nil, judgedBy: String? = nil,
        known: KnownFinding? = nil
    ) {
        self.known = known
        self.faces = faces
        self.qrCodes = qrCodes
        self.colors = colors
        self.judgedBy = judgedBy
    }

    public var isEmpty: Bool { self == Findings() }

    /// Adds what another judge of the same picture found; where both looked, this one's word stands.
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
    public var x1, y1, x2, y2: Double
    public init(x1: Double, y1: Double, x2: Double, y2: Double) {
        self.x1 = x1
        self.y1 = y1
        self.x2 = x2
        self.y2 = y2
    }

    /// Intersection over union, 0…1; 0 where one has no area.
    public func overlap(_ other: Box) -> Double {
        let width = min(x2, other.x2) - max(x1, other.x1), height = min(y2, other.y2) - max(y1, other.y1)
        guard width > 0, height > 0 else { return 0 }
        return width * height / (area + other.area - width * height)
    }

    private var area: Double { (x2 - x1) * (y2 - y1) }
}

/// A hand in a picture.
public struct Hand: Hashable, Sendable, Codable {
    /// Around its 21 landmarks.
    public var box: Box
    /// Probability (0…1) that it is a hand.
    public var confidence: Double
    /// How much (0…1) it shows the raised middle finger alone.
    public var gesture: Double

    public init(box: Box, confidence: Double, gesture: Double) {
        self.box = box
        self.confidence = confidence
        self.gesture = gesture
    }
}

/// A line of text in a picture.
public struct TextLine: Hashable, Sendable, Codable {
    public enum Origin: String, Hashable, Sendable, Codable {
        /// Laid over the picture.
        case artificial
        /// Part of the scene.
        case natural
    }

    /// Something in the text that tells who somebody is, or how to reach them.
    public struct PersonalDatum: Hashable, Sendable, Codable {
        public enum Kind: String, Hashable, Sendable, Codable { case email, url, phone, social }
        public var kind: Kind
        public var text: String
        public init(kind: Kind, text: String) {
            self.kind = kind
            self.text = text
        }
    }

    public var text: String
    /// Mean certainty (0…1) of its characters.
    public var confidence: Double
    /// Top left, top right, bottom right, bottom left, in fractions (0…1) of the picture; the line may be tilted.
    public var corners: [Face.Point]
    public var origin: Origin
    /// Words of the word lists that are in it, as they are listed.
    public var profanity: [String]
    public var personal: [PersonalDatum]

    public init(
        text: String, confidence: Double, corners: [Face.Point], origin: Origin, profanity: [String] = [],
        personal: [PersonalDatum] = []
    ) {
        self.text = text
        self.confidence = confidence
        self.corners = corners
        self.origin = origin
        self.profanity = profanity
        self.personal = personal
    }

    /// The upright rectangle around it.
    public var box: Box {
        let (xs, ys) = (corners.map(\.x), corners.map(\.y))
        return Box(x1: xs.min() ?? 0, y1: ys.min() ?? 0, x2: xs.max() ?? 0, y2: ys.max() ?? 0)
    }
}

/// A part of a body, covered or not.
public struct BodyPart: Hashable, Sendable, Codable {
    /// As the model names it, such as `female_breast_covered`.
    public var label: String
    public var box: Box
    /// 0…1.
    public var confidence: Double
    public init(label: String, box: Box, confidence: Double) {
        self.label = label
        self.box = box
        self.confidence = confidence
    }
}

/// A part of the picture in which a category scored highest.
public struct ScoredView: Hashable, Sendable, Codable {
    public var category: Category
    /// 0…1.
    public var probability: Double
    public var box: Box
    public init(category: Category, probability: Double, box: Box) {
        self.category = category
        self.probability = probability
        self.box = box
    }
}
