import Moderation

/// A hand with MediaPipe's landmarks: the wrist, then four of each finger from the knuckle to the tip, the thumb first.
struct LandmarkedHand {
    static let count = 21

    /// Probability (0…1) that it is a hand.
    let presence: Double
    /// In the picture, pixels.
    let places: [SIMD2<Double>]
    /// In space, metres, from the middle of the hand; x to the right, y downwards in the picture.
    let metres: [SIMD3<Double>]

    /// As findings tell it.
    func hand(in picture: RGBPicture) -> Hand {
        let inside = places.map { ($0 / picture.size).clamped(lowerBound: .zero, upperBound: .one) }
        let low = inside.reduce(.one, pointwiseMin), high = inside.reduce(.zero, pointwiseMax)
        return Hand(
            box: Box(x1: low.x, y1: low.y, x2: high.x, y2: high.y), confidence: min(max(presence, 0), 1),
            gesture: HandPose(metres: metres).raisedMiddleFinger)
    }
}
