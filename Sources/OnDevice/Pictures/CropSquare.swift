import Foundation

/// A square of a picture, in pixels, turned by `angle` (radians).
struct CropSquare {
    let centerX, centerY, side, angle: Double

    /// Where a point of the square (0…1, 0…1) lies in the picture, pixels.
    func place(_ x: Double, _ y: Double) -> (x: Double, y: Double) {
        let dx = (x - 0.5) * side, dy = (y - 0.5) * side
        return (centerX + dx * cos(angle) - dy * sin(angle), centerY + dx * sin(angle) + dy * cos(angle))
    }
}
