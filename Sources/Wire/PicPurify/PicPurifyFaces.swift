/// The result of any of PicPurify's four face tasks.
public struct PicPurifyFaceDetection: Hashable, Sendable, Codable {
    /// A rectangle in a picture.
    public struct Rectangle: Hashable, Sendable, Codable {
        /// In pixels from the top left corner of the picture.
        public var top, right, bottom, left: Int

        enum CodingKeys: String, LenientKey { case top, right, bottom, left }
    }

    /// The location of a face.
    public struct Location: Hashable, Sendable, Codable {
        /// 0.5…1.
        public var confidence: Double
        /// Where the face is.
        public var rectangle: Rectangle

        enum CodingKeys: String, ConfidenceKey {
            case confidence = "confidence_score", rectangle = "face_rectangle"
        }
    }

    /// A decision about a face.
    public struct Choice: Hashable, Sendable, Codable {
        /// `male`, `female` or `unknown`; `major` or `minor`.
        public var decision: String
        /// 0.5…1.
        public var confidence: Double

        enum CodingKeys: String, ConfidenceKey {
            case decision, confidence = "confidence_score"
        }
    }

    /// A face and its attributes.
    public struct Person: Hashable, Sendable, Codable {
        /// Where the face is.
        public var face: Location
        /// `nil` if not requested.
        public var gender, age: Choice?

        enum CodingKeys: String, CodingKey {
            case face, gender, age = "age_majority"
        }
    }

    /// The whole picture, which the rectangles refer to.
    public var thumbnail: Rectangle
    /// The number of faces.
    public var count: Int
    /// All faces.
    public var results: [Person]
    /// The lowest confidence of a face, 0.5…1; 1 without faces.
    public var confidence: Double
    /// In seconds.
    public var computeTime: Double

    enum CodingKeys: String, CodingKey {
        case thumbnail, count = "nb_face", results, confidence = "confidence_score", computeTime = "compute_time"
    }

    /// See the properties of the same names.
    public init(thumbnail: Rectangle, results: [Person], computeTime: Double) {
        (self.thumbnail, self.results, self.computeTime) = (thumbnail, results, computeTime)
        count = results.count
        confidence = results.map(\.face.confidence).min() ?? 1
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        thumbnail = fields.object(Rectangle.self, .thumbnail) ?? Rectangle(top: 0, right: 0, bottom: 0, left: 0)
        results = fields.list(Person.self, .results) ?? []
        count = fields.integer(.count) ?? results.count
        confidence = fields.number(.confidence) ?? 1
        computeTime = fields.number(.computeTime) ?? 0
    }
}

/// The keys of a confidence and what it is about. The lowest confidence is assumed if it is missing.
protocol ConfidenceKey: LenientKey {}

extension KeyedDecodingContainer where Key: ConfidenceKey {
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { number(key) ?? 0.5 }
}
