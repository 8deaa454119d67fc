/// A face in a picture. Coordinates are fractions (0…1) of the picture's width and height.
public struct Face: Hashable, Sendable, Codable {
    /// The top left and the bottom right corner.
    public var x1, y1, x2, y2: Double
    /// The probability that this is a face, 0…1.
    public var confidence: Double
    /// `left_eye`, `right_eye`, `nose_tip`, `left_mouth_corner` and `right_mouth_corner`, as seen by the person.
    public var features: [String: Point]
    /// The probabilities (0…1) that this is a woman, a minor, and a person with sunglasses; `nil` if not judged.
    public var female, minor, sunglasses: Double?
    /// In years; `nil` if not judged or not reliable.
    public var age: Double?
    /// The standard deviation of the estimated age, in years; `nil` if not judged.
    public var ageSpread: Double?
    /// People that the face resembles, most likely first; `nil` if not judged.
    public var celebrities: [Celebrity]?

    /// A well-known person.
    public struct Celebrity: Hashable, Sendable, Codable {
        /// The person's name.
        public var name: String
        /// The probability that the face is this person's, 0…1.
        public var probability: Double
        /// See the properties of the same names.
        public init(name: String, probability: Double) { (self.name, self.probability) = (name, probability) }
    }

    /// A point in a picture.
    public struct Point: Hashable, Sendable, Codable {
        /// Fractions (0…1) of the picture's width and height.
        public var x, y: Double
        /// See the properties of the same names.
        public init(x: Double, y: Double) { (self.x, self.y) = (x, y) }
    }

    /// See the properties of the same names.
    public init(
        x1: Double, y1: Double, x2: Double, y2: Double, confidence: Double, features: [String: Point],
        female: Double? = nil, minor: Double? = nil, sunglasses: Double? = nil, age: Double? = nil,
        ageSpread: Double? = nil, celebrities: [Celebrity]? = nil
    ) {
        (self.x1, self.y1, self.x2, self.y2) = (x1, y1, x2, y2)
        (self.confidence, self.features) = (confidence, features)
        (self.female, self.minor, self.sunglasses) = (female, minor, sunglasses)
        (self.age, self.ageSpread, self.celebrities) = (age, ageSpread, celebrities)
    }
}

extension [Face] {
    /// Returns the highest probability of an attribute. Without faces it is 0. Returns `nil` if no face was judged for it.
    public func highest(_ attribute: (Face) -> Double?) -> Double? { isEmpty ? 0 : compactMap(attribute).max() }
}
