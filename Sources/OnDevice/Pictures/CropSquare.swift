import Foundation

/// A square in a picture, in pixels, turned clockwise by `angle` (radians).
struct CropSquare {
    let center: SIMD2<Double>
    let side, angle: Double
    /// Cosine and sine of `angle`.
    private let turn: (cos: Double, sin: Double)

    init(center: SIMD2<Double>, side: Double, angle: Double) {
        self.center = center
        self.side = side
        self.angle = angle
        turn = (cos(angle), sin(angle))
    }

    /// The place in the picture, in pixels, of a point of the square (0…1, 0…1).
    func place(_ x: Double, _ y: Double) -> SIMD2<Double> {
        let along = turned(SIMD2((x - 0.5) * side, (y - 0.5) * side))
        return SIMD2(center.x + along.x, center.y + along.y)
    }

    /// Converts a vector along the square's sides to one along the picture's.
    func turned(_ distance: SIMD2<Double>) -> SIMD2<Double> {
        SIMD2(distance.x * turn.cos - distance.y * turn.sin, distance.x * turn.sin + distance.y * turn.cos)
    }
}
