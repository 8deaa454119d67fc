import Moderation

/// A hand with MediaPipe's landmarks: the wrist, then four of each finger from knuckle to tip, beginning with the
/// thumb.
struct LandmarkedHand {
    static let count = 21

    /// The probability (0…1) that this is a hand.
    let presence: Double
    /// The landmarks in pixels of the picture.
    let places: [SIMD2<Double>]
    /// The landmarks in meters from the middle of the hand; x to the right and y down in the picture.
    let metres: [SIMD3<Double>]

    /// The hand as findings describe it.
    func hand(in picture: RGBPicture) -> Hand {
        let inside = places.map { ($0 / picture.size).clamped(lowerBound: .zero, upperBound: .one) }
        let low = inside.reduce(.one, pointwiseMin), high = inside.reduce(.zero, pointwiseMax)
        return Hand(
            box: Box(x1: low.x, y1: low.y, x2: high.x, y2: high.y), confidence: min(max(presence, 0), 1),
            gesture: HandPose(metres: metres).raisedMiddleFinger)
    }
}
