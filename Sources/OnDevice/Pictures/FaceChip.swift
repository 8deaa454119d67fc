import Foundation

/// Cuts out faces as dlib does (`get_face_chip_details` with a padding of 0.2, `extract_image_chip`), because networks
/// trained on such chips give other results on other ones.
enum FaceChip {
    /// dlib's five mean points in a unit square: the outer and inner corners of the eye on the right of the picture,
    /// those of the other eye, and the base of the nose.
    private static let means: [SIMD2<Double>] = [
        SIMD2(0.8595674595992, 0.2134981538014), SIMD2(0.6460604764104, 0.2289674387677),
        SIMD2(0.1205750620789, 0.2137274526848), SIMD2(0.3340850613712, 0.2290642403242),
        SIMD2(0.4901123135679, 0.6277975316475),
    ]
    private static let padding = 0.2

    /// A chip of `size` × `size` × 3 components, red first; black outside the picture.
    /// - Parameter points: The face's five points, in pixels; whole numbers are centers of pixels.
    static func pixels(of picture: RGBPicture, around points: [SIMD2<Double>], size: Int) -> [UInt8] {
        let square = square(around: points, size: size)
        guard var (part, place) = part(of: picture, with: square, size: size) else {
            return [UInt8](repeating: 0, count: size * size * 3)
        }
        while place.halved.isLarger(than: size), let half = part.halved() { (part, place) = (half, place.halved) }
        // The centers of the first and last pixels lie on the square's edges.
        let chip = CropSquare(center: place.center, side: place.high.x - place.low.x, angle: square.angle)
        var result: [UInt8] = []
        result.reserveCapacity(size * size * 3)
        part.withPixels { pixels in
            for y in 0..<size {
                for x in 0..<size {
                    let at = chip.place(Double(x) / Double(size - 1), Double(y) / Double(size - 1))
                    let inside = at.x >= 0 && at.y >= 0 && at.x < part.size.x - 1 && at.y < part.size.y - 1
                    let color = inside ? pixels.color(at: at, outside: .edge) : .zero
                    // dlib truncates. Adding a little keeps whole numbers whole.
                    for channel in 0..<3 { result.append(UInt8(min(color[channel] + 1e-4, 255))) }
                }
            }
        }
        return result
    }

    /// The least-squares similarity transform, without reflection, from the means to the points.
    private static func square(around points: [SIMD2<Double>], size: Int) -> CropSquare {
        let length = Double(size)
        let from = means.map { ($0 + padding) / (2 * padding + 1) * length }
        let count = Double(means.count)
        let middle = (from: from.reduce(.zero, +) / count, to: points.reduce(.zero, +) / count)
        var (spread, along, across) = (0.0, 0.0, 0.0)
        for (a, b) in zip(from.map { $0 - middle.from }, points.map { $0 - middle.to }) {
            spread += (a * a).sum()
            along += (a * b).sum()
            across += a.x * b.y - a.y * b.x
        }
        let scale = SIMD2(along, across) / spread
        let arm = SIMD2(length / 2, length / 2) - middle.from
        let center = middle.to + SIMD2(scale.x * arm.x - scale.y * arm.y, scale.y * arm.x + scale.x * arm.y)
        return CropSquare(
            center: center, side: hypot(scale.x, scale.y) * length - 1, angle: atan2(scale.y, scale.x))
    }

    /// The part of the picture that the square needs, with a margin for what halving loses at the edges, and the square
    /// within it before turning. `nil` if the square lies outside the picture.
    private static func part(
        of picture: RGBPicture, with square: CropSquare, size: Int
    ) -> (RGBPicture, Place)? {
        let place = Place(low: square.center - square.side / 2, high: square.center + square.side / 2)
        var (margin, half) = (2.0, place.halved)
        while half.isLarger(than: size) { (margin, half) = (margin * 2 + 2, half.halved) }
        let corners = [(0.0, 0.0), (1, 0), (0, 1), (1, 1)].map { square.place($0.0, $0.1) }
        let last = picture.size - 1
        let low = corners.reduce(corners[0], pointwiseMin) - margin
        let high = corners.reduce(corners[0], pointwiseMax) + margin
        let first = pointwiseMin(pointwiseMax(low, .zero) + 0.5, last + 1).rounded(.down)
        let end = pointwiseMax(pointwiseMin(high, last) + 0.5, SIMD2(-1, -1)).rounded(.down)
        guard first.x <= end.x, first.y <= end.y else { return nil }
        return (
            picture.part(Int(first.x)...Int(end.x), Int(first.y)...Int(end.y)),
            Place(low: place.low - first, high: place.high - first)
        )
    }

    /// A chip's square in a picture, between the centers of its first and last pixels.
    private struct Place {
        let low, high: SIMD2<Double>

        var center: SIMD2<Double> { (low + high) / 2 }
        /// The square in the picture halved, by dlib's own constants.
        var halved: Place {
            let shift = SIMD2(1.25, 0.75)
            return Place(low: low / 2 - shift, high: high / 2 - shift)
        }
        func isLarger(than size: Int) -> Bool {
            let sides = high - low + 1
            return sides.x * sides.y > Double(size * size)
        }
    }
}
