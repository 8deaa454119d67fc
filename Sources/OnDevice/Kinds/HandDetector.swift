import Foundation
import Moderation

/// Finds hands with MediaPipe's palm detector and, around each palm, its hand landmarks.
///
/// The geometry follows MediaPipe's graphs (palm_detection_cpu, hand_landmark_cpu), including their sampling without
/// antialiasing: with better sampling the networks find other hands, and results could not be compared with
/// MediaPipe's.
struct HandDetector: PackJudge {
    private static let side = 224
    private static let leastPresence = 0.5
    /// The most palms to analyze, the best first. This bounds the cost of a picture full of them.
    static let maxCount = 40

    private let palms: AnchorDetector
    private let landmarks: CompiledModel

    init(_ models: PackModels) throws {
        palms = try AnchorDetector(
            models, "palms", of: "palms", grids: [.init(cells: 24, perCell: 2), .init(cells: 12, perCell: 6)],
            points: 7, .single(.black)
        ) { $0 / 255 }
        landmarks = try models.compiled("landmarks", shape: [1, Self.side, Self.side, 3])
    }

    var longestSide: Int? { RGBPicture.sideForSquares }

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) throws -> Judgement {
        let picture = try RGBPicture(of: still, longestSide: RGBPicture.sideForSquares)
        let palms = try palms.detections(in: picture)
        let hands = try hands(of: palms, in: picture).map { $0.hand(in: picture) }
        return Self.judgement(of: hands, areAll: palms.count <= Self.maxCount)
    }

    /// - Parameter areAll: Whether every palm was analyzed. If not, a low score is not reported.
    static func judgement(of hands: [Hand], areAll: Bool) -> Judgement {
        let highest = hands.map(\.gesture).max() ?? 0
        var judgement = Judgement(probabilities: areAll || highest >= 0.5 ? [.gesture: highest] : [:])
        judgement.findings.hands = hands
        return judgement
    }

    func hands(in picture: RGBPicture) throws -> [LandmarkedHand] {
        try hands(of: try palms.detections(in: picture), in: picture)
    }

    private func hands(of palms: [Detection], in picture: RGBPicture) throws -> [LandmarkedHand] {
        try palms.prefix(Self.maxCount).compactMap { palm in
            let hand = try landmarks(in: Self.square(around: palm), of: picture)
            return hand.presence > Self.leastPresence ? hand : nil
        }
    }

    /// The square around the whole hand of a palm, with the fingers pointing up. The palm's points begin with the wrist
    /// and the knuckles of the index and middle fingers.
    private static func square(around palm: Detection) -> CropSquare {
        let axis = palm.points[2] - palm.points[0]
        let angle = .pi / 2 - atan2(-axis.y, axis.x)
        let upwards = 0.5 * palm.size.y
        return CropSquare(
            center: palm.center + SIMD2(upwards * sin(angle), -upwards * cos(angle)), side: 2.6 * palm.size.max(),
            angle: angle)
    }

    private func landmarks(in square: CropSquare, of picture: RGBPicture) throws -> LandmarkedHand {
        // Addressed by index, because two pairs of outputs have the same size.
        let outputs = try landmarks.run(outputs: 4) { tensor in
            picture.sample(square, into: tensor, side: Self.side, .single(.edge)) { $0 / 255 }
        }
        let length = 3 * LandmarkedHand.count
        guard outputs[0].count == length, outputs[1].count == 1, outputs[3].count == length else {
            throw OnDeviceError(.badManifest, "The hand landmark model does not have MediaPipe's outputs.")
        }
        func place(_ output: Int, _ index: Int) -> SIMD3<Double> {
            let numbers = outputs[output][3 * index..<3 * index + 3].map(Double.init)
            return SIMD3(numbers[0], numbers[1], numbers[2])
        }
        return LandmarkedHand(
            presence: Double(outputs[1][0]),
            places: (0..<LandmarkedHand.count).map { index in
                let inSquare = place(0, index) / Double(Self.side)
                return square.place(inSquare.x, inSquare.y)
            },
            metres: (0..<LandmarkedHand.count).map { index in
                let place = place(3, index), flat = square.turned(SIMD2(place.x, place.y))
                return SIMD3(flat.x, flat.y, place.z)
            })
    }
}
