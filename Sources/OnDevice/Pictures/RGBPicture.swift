import Moderation

/// Pixels to take crops from.
struct RGBPicture {
    let width, height: Int
    private let pixels: [UInt8]

    /// Longest side, pixels, of the picture that upright views are cut from: a tile of a wide one still has more pixels
    /// than the networks take.
    static let sideForViews = 960
    /// Longest side, pixels, of the picture that turned squares (faces, hands) are cut from.
    static let sideForSquares = 640

    /// - Parameter longestSide: At most so many pixels; smaller pictures stay as they are.
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

    /// A region scaled to `width` × `height` pixels, as Pillow does it: shrinking does not alias.
    func scaled(
        _ region: Region, width newWidth: Int, height newHeight: Int, kernel: ResamplingFilter.Kernel = .bilinear
    ) -> [UInt8] {
        let columns = ResamplingFilter(
            kernel, from: region.x * Double(width), length: region.width * Double(width), within: width, to: newWidth)
        let rows = ResamplingFilter(
            kernel, from: region.y * Double(height), length: region.height * Double(height), within: height,
            to: newHeight)
        let first = rows.first
        var narrow = [Float](repeating: 0, count: (rows.end - first) * newWidth * 3)
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        pixels.withUnsafeBufferPointer { pixels in
            narrow.withUnsafeMutableBufferPointer { narrow in
                for row in first..<rows.end {
                    columns.apply(3, from: { Float(pixels[row * width * 3 + $0]) }) {
                        narrow[(row - first) * newWidth * 3 + $0] = $1
                    }
                }
                result.withUnsafeMutableBufferPointer { result in
                    rows.apply(newWidth * 3, from: { narrow[$0 - first * newWidth * 3] }) {
                        result[$0] = UInt8(min(max($1.rounded(), 0), 255))
                    }
                }
            }
        }
        return result
    }
}
