import Foundation
import Moderation

/// Faces, by MediaPipe's BlazeFace (full range) and, within each box, its face mesh.
///
/// The geometry follows MediaPipe's graphs (face_detection_full_range, face_landmark_cpu): a letterboxed 192 × 192 input
/// in −1…1, one anchor a cell of 4 pixels, boxes merged by weight where they overlap by more than 0.3, and the mesh on
/// a square 1.5 times the box's longer side, turned so that the eyes are level.
struct FaceDetector: Sendable {
    private static let side = 192
    private static let cells = 48
    private static let leastScore = 0.5
    private static let overlap = 0.3
    /// Longest side of the picture that crops are taken from, pixels.
    private static let longestSide = 640

    private let detector: CompiledModel
    private let landmarks: CompiledModel

    init(_ pack: Pack, runtime: OpenVINO, streams: Int) throws {
        let shape = [1, Self.side, Self.side, 3]
        detector = try CompiledModel(
            runtime, path: pack.verifiedPath(of: "detector"), streams: streams, inputShape: shape)
        landmarks = try CompiledModel(
            runtime, path: pack.verifiedPath(of: "landmarks"), streams: streams, inputShape: shape)
    }

    func faces(in still: any Still) throws -> [Face] {
        let picture = try RGBPicture(of: still, longestSide: Self.longestSide)
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

/// A square of a picture, in pixels, turned by `angle` (radians).
struct CropSquare {
    let centerX, centerY, side, angle: Double

    /// Where a point of the square (0…1, 0…1) lies in the picture, pixels.
    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let dx = (x - 0.5) * side, dy = (y - 0.5) * side
        return (centerX + dx * cos(angle) - dy * sin(angle), centerY + dx * sin(angle) + dy * cos(angle))
    }
}

/// Pixels to take crops from.
struct RGBPicture {
    let width, height: Int
    private let pixels: [UInt8]

    init(of still: any Still, longestSide: Int) throws {
        let scale = min(1, Double(longestSide) / Double(max(still.width, still.height)))
        width = max(1, Int((Double(still.width) * scale).rounded()))
        height = max(1, Int((Double(still.height) * scale).rounded()))
        pixels = try still.pixels(.rgb, width: width, height: height)
    }

    /// Fills `side` × `side` × 3 floats from the square; black outside the picture. Averages over as many samples as
    /// the square is larger, so that shrinking does not alias.
    func sample(
        _ square: CropSquare, into tensor: UnsafeMutableBufferPointer<Float>, side: Int, map: (Float) -> Float
    ) {
        precondition(tensor.count == side * side * 3, "The model's input is \(side) × \(side) × 3.")
        let taps = max(1, Int((square.side / Double(side)).rounded()))
        for y in 0..<side {
            for x in 0..<side {
                var sum: (Float, Float, Float) = (0, 0, 0)
                for tap in 0..<(taps * taps) {
                    let place = square.place(
                        (Double(x) + (Double(tap % taps) + 0.5) / Double(taps)) / Double(side),
                        (Double(y) + (Double(tap / taps) + 0.5) / Double(taps)) / Double(side))
                    let color = bilinear(place.x - 0.5, place.y - 0.5)
                    sum = (sum.0 + color.0, sum.1 + color.1, sum.2 + color.2)
                }
                let count = Float(taps * taps), at = (y * side + x) * 3
                tensor[at] = map(sum.0 / count)
                tensor[at + 1] = map(sum.1 / count)
                tensor[at + 2] = map(sum.2 / count)
            }
        }
    }

    private func bilinear(_ x: Double, _ y: Double) -> (Float, Float, Float) {
        let left = Int(x.rounded(.down)), top = Int(y.rounded(.down))
        let fx = Float(x - Double(left)), fy = Float(y - Double(top))
        var result: (Float, Float, Float) = (0, 0, 0)
        for (dx, dy, weight) in [
            (0, 0, (1 - fx) * (1 - fy)), (1, 0, fx * (1 - fy)), (0, 1, (1 - fx) * fy), (1, 1, fx * fy),
        ] {
            let px = left + dx, py = top + dy
            guard px >= 0, py >= 0, px < width, py < height else { continue }
            let at = (py * width + px) * 3
            result.0 += weight * Float(pixels[at])
            result.1 += weight * Float(pixels[at + 1])
            result.2 += weight * Float(pixels[at + 2])
        }
        return result
    }
}
