import Moderation

/// Pixels to take crops from.
struct RGBPicture {
    let width, height: Int
    /// Red, green, blue; rows from the top.
    let pixels: [UInt8]

    var size: SIMD2<Double> { SIMD2(Double(width), Double(height)) }

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

    /// - Parameter pixels: `width` × `height` × 3.
    init(width: Int, height: Int, pixels: [UInt8]) {
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// What lies beside the picture.
    enum Outside { case black, edge }

    /// How a square's pixels come of the picture's.
    enum Sampling {
        /// The centres of their grids coincide; each is the mean of as many samples as the square is larger, so that
        /// shrinking does not alias. Black outside.
        case averaged
        /// The first pixel's centres coincide, and each is one sample: MediaPipe's way.
        case single(Outside)
    }

    /// Samples a side of one pixel, at most: what a square far larger than the picture costs is bounded.
    private static let mostTaps = 32.0

    /// Fills `side` × `side` × 3 floats from the square.
    func sample(
        _ square: CropSquare, into tensor: UnsafeMutableBufferPointer<Float>, side: Int, _ sampling: Sampling,
        map: (Float) -> Float
    ) {
        precondition(tensor.count == side * side * 3, "The model's input is \(side) × \(side) × 3.")
        let taps: Int, start: Double, shift: Double, outside: Outside
        switch sampling {
        case .averaged:
            taps = Int(min(max((square.side / Double(side)).rounded(), 1), Self.mostTaps))
            (start, shift, outside) = (0.5, 0.5, .black)
        case .single(let beside): (taps, start, shift, outside) = (1, 0, 0, beside)
        }
        for y in 0..<side {
            for x in 0..<side {
                var sum = SIMD3<Float>()
                for tap in 0..<(taps * taps) {
                    let place = square.place(
                        (Double(x) + (Double(tap % taps) + start) / Double(taps)) / Double(side),
                        (Double(y) + (Double(tap / taps) + start) / Double(taps)) / Double(side))
                    sum += color(at: place - shift, outside: outside)
                }
                sum /= Float(taps * taps)
                for channel in 0..<3 { tensor[(y * side + x) * 3 + channel] = map(sum[channel]) }
            }
        }
    }

    /// The colour (0…255) at a place, counted from the centre of the first pixel, between those of its four neighbours.
    func color(at place: SIMD2<Double>, outside: Outside) -> SIMD3<Float> {
        // Beyond two pixels outside all places are alike; one too far off would not fit an integer.
        let place = place.clamped(lowerBound: SIMD2(-2, -2), upperBound: SIMD2(Double(width) + 1, Double(height) + 1))
        let corner = place.rounded(.down)
        let share = SIMD2<Float>(place - corner)
        let left = Int(corner.x), top = Int(corner.y)
        var result = SIMD3<Float>()
        for (dx, dy) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            var (x, y) = (left + dx, top + dy)
            switch outside {
            case .black: guard x >= 0, y >= 0, x < width, y < height else { continue }
            case .edge: (x, y) = (min(max(x, 0), width - 1), min(max(y, 0), height - 1))
            }
            let at = (y * width + x) * 3
            let color = SIMD3(Float(pixels[at]), Float(pixels[at + 1]), Float(pixels[at + 2]))
            result += (dx == 0 ? 1 - share.x : share.x) * (dy == 0 ? 1 - share.y : share.y) * color
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
