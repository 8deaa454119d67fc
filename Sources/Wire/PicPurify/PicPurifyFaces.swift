/// The result of any of PicPurify's four face tasks.
public struct PicPurifyFaceDetection: Hashable, Sendable, Codable {
    /// A rectangle in a picture.
    public struct Rectangle: Hashable, Sendable, Codable {
        /// In pixels from the top left corner of the picture.
        public var top, right, bottom, left: Int

        /// See the properties of the same names.
        public init(top: Int, right: Int, bottom: Int, left: Int) {
            (self.top, self.right, self.bottom, self.left) = (top, right, bottom, left)
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            func side(_ key: CodingKeys) -> Int { fields.number(key).flatMap { Int(exactly: $0.rounded()) } ?? 0 }
            (top, right, bottom, left) = (side(.top), side(.right), side(.bottom), side(.left))
        }
    }

    /// The location of a face.
    public struct Location: Hashable, Sendable, Codable {
        /// 0.5…1.
        public var confidence: Double
        /// Where the face is.
        public var rectangle: Rectangle

        enum CodingKeys: String, CodingKey {
            case confidence = "confidence_score", rectangle = "face_rectangle"
        }

        /// See the properties of the same names.
        public init(confidence: Double, rectangle: Rectangle) {
            (self.confidence, self.rectangle) = (confidence, rectangle)
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            confidence = fields.number(.confidence) ?? 0.5
            rectangle = try fields.decode(Rectangle.self, forKey: .rectangle)
        }
    }

    /// A decision about a face.
    public struct Choice: Hashable, Sendable, Codable {
        /// `male`, `female` or `unknown`; `major` or `minor`.
        public var decision: String
        /// 0.5…1.
        public var confidence: Double

        enum CodingKeys: String, CodingKey {
            case decision, confidence = "confidence_score"
        }

        /// See the properties of the same names.
        public init(decision: String, confidence: Double) {
            (self.decision, self.confidence) = (decision, confidence)
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            decision = fields.text(.decision) ?? ""
            confidence = fields.number(.confidence) ?? 0.5
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

        /// See the properties of the same names.
        public init(face: Location, gender: Choice? = nil, age: Choice? = nil) {
            (self.face, self.gender, self.age) = (face, gender, age)
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
