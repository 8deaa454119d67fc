import Foundation

/// PicPurify's result of any of its four face tasks.
public struct PicPurifyFaceDetection: Hashable, Sendable, Codable {
    /// Sides in pixels from the picture's top left corner.
    public struct Rectangle: Hashable, Sendable, Codable {
        public var top, right, bottom, left: Int

        public init(top: Int, right: Int, bottom: Int, left: Int) {
            self.top = top
            self.right = right
            self.bottom = bottom
            self.left = left
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            func side(_ key: CodingKeys) -> Int { fields.number(key).flatMap { Int(exactly: $0.rounded()) } ?? 0 }
            (top, right, bottom, left) = (side(.top), side(.right), side(.bottom), side(.left))
        }
    }

    public struct Location: Hashable, Sendable, Codable {
        /// 0.5…1.
        public var confidence: Double
        public var rectangle: Rectangle

        enum CodingKeys: String, CodingKey {
            case confidence = "confidence_score", rectangle = "face_rectangle"
        }

        public init(confidence: Double, rectangle: Rectangle) {
            self.confidence = confidence
            self.rectangle = rectangle
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            confidence = fields.number(.confidence) ?? 0.5
            rectangle = try fields.decode(Rectangle.self, forKey: .rectangle)
        }
    }

    /// `male`, `female` or `unknown`, `major` or `minor`, and the confidence in it.
    public struct Choice: Hashable, Sendable, Codable {
        public var decision: String
        /// 0.5…1.
        public var confidence: Double

        enum CodingKeys: String, CodingKey {
            case decision, confidence = "confidence_score"
        }

        public init(decision: String, confidence: Double) {
            self.decision = decision
            self.confidence = confidence
        }

        public init(from decoder: any Decoder) throws {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            decision = fields.text(.decision) ?? ""
            confidence = fields.number(.confidence) ?? 0.5
        }
    }

    public struct Person: Hashable, Sendable, Codable {
        public var face: Location
        public var gender, age: Choice?

        enum CodingKeys: String, CodingKey {
            case face, gender, age = "age_majority"
        }

        public init(face: Location, gender: Choice? = nil, age: Choice? = nil) {
            self.face = face
            self.gender = gender
            self.age = age
        }
    }

    /// What the rectangles refer to: the whole picture.
    public var thumbnail: Rectangle
    public var count: Int
    public var results: [Person]
    /// The smallest over the faces; 1 when there is none.
    public var confidence: Double
    /// Seconds.
    public var computeTime: Double

    enum CodingKeys: String, CodingKey {
        case thumbnail, count = "nb_face", results, confidence = "confidence_score", computeTime = "compute_time"
    }

    public init(thumbnail: Rectangle, results: [Person], computeTime: Double) {
        self.thumbnail = thumbnail
        self.results = results
        self.computeTime = computeTime
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
