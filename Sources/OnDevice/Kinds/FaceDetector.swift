import Foundation
import Moderation

/// Faces, by MediaPipe's BlazeFace (full range) and, within each box, its face mesh.
///
/// The geometry follows MediaPipe's graphs (face_detection_full_range, face_landmark_cpu): a letterboxed 192 × 192 input
/// in −1…1, one anchor a cell of 4 pixels, boxes merged by weight where they overlap by more than 0.3, and the mesh on
/// a square 1.5 times the box's longer side, turned so that the eyes are level.
struct FaceDetector: PackJudge {
    private static let side = 192
    private static let cells = 48
    private static let leastScore = 0.5
    private static let overlap = 0.3

    private let detector: CompiledModel
    private let landmarks: CompiledModel

    init(_ models: PackModels) throws {
        let shape = [1, Self.side, Self.side, 3]
        detector = try models.compiled("detector", shape: shape)
        landmarks = try models.compiled("landmarks", shape: shape)
    }

    var longestSide: Int? { RGBPicture.sideForSquares }

    func judge(_ still: any Still, for categories: Set<Moderation.Category>) throws -> Judgement {
        let faces = try faces(in: still)
        return Judgement(
            probabilities: [.face: faces.map(\.confidence).max() ?? 0, .faceMultiple: faces.count > 1 ? 1 : 0],
            findings: Findings(faces: faces))
    }

    func faces(in still: any Still) throws -> [Face] {
        let picture = try RGBPicture(of: still, longestSide: RGBPicture.sideForSquares)
        return try merge(detect(in: picture)).map { try withFeatures($0, in: picture) }
    }

    // MARK: Detection

    /// A box in fractions of the picture, with BlazeFace's own points: right eye, left eye, …
    private struct Detection {
        var x1, y1, x2, y2: Double
        var eyes: [(x: Double, y: Double)]
        var score: Double
    }

    private func detect(in picture: RGBPicture) throws -> [Detection] {
        let whole = CropSquare(
            centerX: Double(picture.width) / 2, centerY: Double(picture.height) / 2,
            side: Double(max(picture.width, picture.height)), angle: 0)
        let outputs = try detector.run(outputs: 2) { tensor in
            picture.sample(whole, into: tensor, side: Self.side) { $0 / 127.5 - 1 }
        }
        let count = Self.cells * Self.cells
        guard let boxes = outputs.first(where: { $0.count == count * 16 }),
            let scores = outputs.first(where: { $0.count == count })
        else { throw OnDeviceError(.badManifest, "The face detector's outputs are not BlazeFace's.") }
        return (0..<count).compactMap { cell in
            let score = 1 / (1 + exp(-Double(min(max(scores[cell], -80), 80))))
            return score > Self.leastScore ? decode(boxes, cell, score, whole, picture) : nil
        }
    }

    private func decode(
        _ boxes: [Float], _ cell: Int, _ score: Double, _ whole: CropSquare, _ picture: RGBPicture
    ) -> Detection? {
        let anchorX = (Double(cell % Self.cells) + 0.5) / Double(Self.cells)
        let anchorY = (Double(cell / Self.cells) + 0.5) / Double(Self.cells)
        func point(_ index: Int) -> (x: Double, y: Double) {
            let x = Double(boxes[cell * 16 + index]) / Double(Self.side) + anchorX
            let y = Double(boxes[cell * 16 + index + 1]) / Double(Self.side) + anchorY
            let place = whole.place(x, y)
            return (place.x / Double(picture.width), place.y / Double(picture.height))
        }
        let center = point(0)
        let width = Double(boxes[cell * 16 + 2]) / Double(Self.side) * whole.side / Double(picture.width)
        let height = Double(boxes[cell * 16 + 3]) / Double(Self.side) * whole.side / Double(picture.height)
        guard width > 0, height > 0 else { return nil }
        return Detection(
            x1: center.x - width / 2, y1: center.y - height / 2, x2: center.x + width / 2, y2: center.y + height / 2,
            eyes: [point(4), point(6)], score: score)
    }

    /// Weighted non-maximum suppression: overlapping boxes become their mean by score.
    private func merge(_ detections: [Detection]) -> [Detection] {
        var rest = detections.sorted { $0.score > $1.score }
        var merged: [Detection] = []
        while let best = rest.first {
            let group = rest.filter { overlap($0, best) > Self.overlap }
            rest.removeAll { overlap($0, best) > Self.overlap }
            let total = group.reduce(0) { $0 + $1.score }
            func mean(_ value: (Detection) -> Double) -> Double {
                group.reduce(0) { $0 + value($1) * $1.score } / total
            }
            merged.append(
                Detection(
                    x1: mean { $0.x1 }, y1: mean { $0.y1 }, x2: mean { $0.x2 }, y2: mean { $0.y2 },
                    eyes: (0..<2).map { eye in (mean { $0.eyes[eye].x }, mean { $0.eyes[eye].y }) },
                    score: best.score))
        }
        return merged
    }

    private func overlap(_ a: Detection, _ b: Detection) -> Double {
        let width = min(a.x2, b.x2) - max(a.x1, b.x1), height = min(a.y2, b.y2) - max(a.y1, b.y1)
        guard width > 0, height > 0 else { return a.score == b.score && a.x1 == b.x1 && a.y1 == b.y1 ? 1 : 0 }
        let common = width * height
        return common / ((a.x2 - a.x1) * (a.y2 - a.y1) + (b.x2 - b.x1) * (b.y2 - b.y1) - common)
    }

    // MARK: Features

    /// Points of the face mesh: corners of each eye, tip of the nose, corners of the mouth.
    private static let meshPoints: [(name: String, indices: [Int])] = [
        ("left_eye", [362, 263]), ("right_eye", [33, 133]), ("nose_tip", [1]), ("left_mouth_corner", [291]),
        ("right_mouth_corner", [61]),
    ]

    private func withFeatures(_ detection: Detection, in picture: RGBPicture) throws -> Face {
        let (width, height) = (Double(picture.width), Double(picture.height))
        let right = detection.eyes[0], left = detection.eyes[1]
        let square = CropSquare(
            centerX: (detection.x1 + detection.x2) / 2 * width, centerY: (detection.y1 + detection.y2) / 2 * height,
            side: 1.5 * max((detection.x2 - detection.x1) * width, (detection.y2 - detection.y1) * height),
            angle: atan2((left.y - right.y) * height, (left.x - right.x) * width))
        let outputs = try landmarks.run(outputs: 2) { tensor in
            picture.sample(square, into: tensor, side: Self.side) { $0 / 255 }
        }
        var features: [String: Face.Point] = [:]
        if let mesh = outputs.first(where: { $0.count >= 468 * 3 }) {
            for (name, indices) in Self.meshPoints {
                let places = indices.map { index in
                    square.place(
                        Double(mesh[index * 3]) / Double(Self.side), Double(mesh[index * 3 + 1]) / Double(Self.side))
                }
                let count = Double(places.count)
                features[name] = Face.Point(
                    x: places.reduce(0) { $0 + $1.x } / count / width,
                    y: places.reduce(0) { $0 + $1.y } / count / height)
            }
        }
        return Face(
            x1: max(0, detection.x1), y1: max(0, detection.y1), x2: min(1, detection.x2), y2: min(1, detection.y2),
            confidence: detection.score, features: features)
    }
}
