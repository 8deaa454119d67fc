/// A face in a picture. Coordinates are fractions (0…1) of the picture's width and height.
public struct Face: Hashable, Sendable, Codable {
    public var x1, y1, x2, y2: Double
    public var confidence: Double
    /// `left_eye`, `right_eye`, `nose_tip`, `left_mouth_corner`, `right_mouth_corner`, the person's own left and right.
    public var features: [String: Point]
    /// Probabilities (0…1) that it is a woman's, a minor's, and behind sunglasses; `nil` where nobody judged that.
    public var female, minor, sunglasses: Double?
    /// Years; `nil` where nobody judged it, or nobody trusts the estimate.
    public var age: Double?
    /// The estimated age's standard deviation, years; `nil` where nobody judged it.
    public var ageSpread: Double?
    /// Whom it resembles, the likeliest first; `nil` where nobody looked.
    public var celebrities: [Celebrity]?

    /// Somebody known, and the probability (0…1) that this is them.
    public struct Celebrity: Hashable, Sendable, Codable {
        public var name: String
        public var probability: Double
        public init(name: String, probability: Double) {
            self.name = name
            self.probability = probability
        }
    }

    public struct Point: Hashable, Sendable, Codable {
        public var x, y: Double
        public init(x: Double, y: Double) {
            self.x = x
            self.y = y
        }
    }

    public init(
        x1: Double, y1: Double, x2: Double, y2: Double, confidence: Double, features: [String: Point],
        female: Double? = nil, minor: Double? = nil, sunglasses: Double? = nil, age: Double? = nil,
        ageSpread: Double? = nil, celebrities: [Celebrity]? = nil
    ) {
        self.x1 = x1
        self.y1 = y1
        self.x2 = x2
        self.y2 = y2
        self.confidence = confidence
        self.features = features
        self.female = female
        self.minor = minor
        self.sunglasses = sunglasses
        self.age = age
        self.ageSpread = ageSpread
        self.celebrities = celebrities
    }
}

extension [Face] {
    /// The highest probability of an attribute: 0 where there is no face, since nobody then shows it; `nil` where it was
    /// judged of none of them.
    public func highest(_ attribute: (Face) -> Double?) -> Double? { isEmpty ? 0 : compactMap(attribute).max() }
}
