import Foundation
import Moderation

/// Finds faces with MediaPipe's BlazeFace (full range) and, within each box, its face mesh.
///
/// The geometry follows MediaPipe's graphs (face_detection_full_range, face_landmark_cpu): a letterboxed 192 × 192
/// input in −1…1, one anchor per cell of 4 pixels, and the mesh on a square 1.5 times the box's longer side, turned so
/// that the eyes are level.
struct FaceDetector: PackJudge {
    private static let side = 192
    private static let meshCount = 468
    /// The most faces to analyze, the best first. Others get a box only. This bounds the cost of a crowd.
    static let maxCount = 100

    private let detector: AnchorDetector
    private let landmarks: CompiledModel
    private let attributes: FaceAttributes

    init(_ models: PackModels, attributes: FaceAttributes) throws {
        self.attributes = attributes
        detector = try AnchorDetector(
            models, "detector", of: "faces", grids: [.init(cells: 48, perCell: 1)], points: 6, .averaged
        ) { $0 / 127.5 - 1 }
        landmarks = try models.compiled("landmarks", shape: [1, Self.side, Self.side, 3])
    }

    var longestSide: Int? { RGBPicture.sideForSquares }

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) throws -> Judgement {
        let picture = try RGBPicture(of: still, longestSide: RGBPicture.sideForSquares)
        let detections = try detector.detections(in: picture)
        let faces = try detections.enumerated().map { rank, detection in
            var face = Face(detection, in: picture)
            if rank < Self.maxCount { try look(at: &face, detection, in: picture, for: categories) }
            return face
        }
        return Self.judgement(of: faces, for: categories.intersection(attributes.categories))
    }

    /// - Parameter attributes: The categories that were judged for each face.
    static func judgement(of faces: [Face], for attributes: Set<ContentCategory>) -> Judgement {
        var result = Judgement(
            probabilities: [.face: faces.map(\.confidence).max() ?? 0, .faceMultiple: faces.count > 1 ? 1 : 0],
            findings: Findings(faces: faces))
        // Faces that were not analyzed may score higher than the others.
        let areAll = faces.count <= maxCount
        func told(_ highest: Double?) -> Double? { areAll || highest ?? 0 >= 0.5 ? highest : nil }
        if attributes.contains(.minor) { result.probabilities[.minor] = told(faces.highest(\.minor)) }
        if attributes.contains(.genderFemale) { result.probabilities[.genderFemale] = told(faces.highest(\.female)) }
        return result
    }

    private func look(
        at face: inout Face, _ detection: Detection, in picture: RGBPicture, for categories: Set<ContentCategory>
    ) throws {
        let mesh = try mesh(of: detection, in: picture)
        face.features = Self.features(mesh, in: picture)
        try attributes.add(to: &face, mesh: mesh, width: detection.size.x, in: picture, for: categories)
    }

    /// Points of the face mesh: corners of each eye, tip of the nose, corners of the mouth.
    private static let meshPoints: [(name: String, indices: [Int])] = [
        ("left_eye", [362, 263]), ("right_eye", [33, 133]), ("nose_tip", [1]), ("left_mouth_corner", [291]),
        ("right_mouth_corner", [61]),
    ]

    /// The points of the mesh, in pixels of the picture.
    private func mesh(of detection: Detection, in picture: RGBPicture) throws -> [SIMD2<Double>] {
        // BlazeFace's points begin with the person's right eye and left eye.
        let eyes = detection.points[1] - detection.points[0]
        let square = CropSquare(
            center: detection.center, side: 1.5 * detection.size.max(), angle: atan2(eyes.y, eyes.x))
        let outputs = try landmarks.run(outputs: 2) { tensor in
            picture.sample(square, into: tensor, side: Self.side, .averaged) { $0 / 255 }
        }
        guard let numbers = outputs.first(where: { $0.count >= Self.meshCount * 3 }) else {
            throw OnDeviceError(.badManifest, "The face landmark model does not have MediaPipe's outputs.")
        }
        return (0..<Self.meshCount).map { index in
            square.place(
                Double(numbers[index * 3]) / Double(Self.side), Double(numbers[index * 3 + 1]) / Double(Self.side))
        }
    }

    private static func features(_ mesh: [SIMD2<Double>], in picture: RGBPicture) -> [String: Face.Point] {
        Dictionary(
            uniqueKeysWithValues: meshPoints.map { name, indices in
                let middle = indices.reduce(SIMD2()) { $0 + mesh[$1] } / Double(indices.count) / picture.size
                return (name, Face.Point(x: middle.x, y: middle.y))
            })
    }
}

extension Face {
    /// A face with its box in fractions of the picture, clipped to the picture.
    init(_ detection: Detection, in picture: RGBPicture) {
        let low = detection.low / picture.size, high = detection.high / picture.size
        self.init(
            x1: max(0, low.x), y1: max(0, low.y), x2: min(1, high.x), y2: min(1, high.y),
            confidence: detection.score, features: [:])
    }
}
