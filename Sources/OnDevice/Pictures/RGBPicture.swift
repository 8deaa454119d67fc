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

    /// How a square's pixels come of the picture's.
    enum Sampling {
        /// The centres of their grids coincide; each is the mean of as many samples as the square is larger, so that
        /// shrinking does not alias. Black outside.
        case averaged
        /// The first pixel's centres coincide, and each is one sample: MediaPipe's way.
        case single(PixelReader.Outside)
    }

    /// Samples a side of one pixel, at most: what a square far larger than the picture costs is bounded.
    private static let mostTaps = 32.0

    /// Fills `side` × `side` × 3 floats from the square.
    func sample(
        _ square: CropSquare, into tensor: UnsafeMutableBufferPointer<Float>, side: Int, _ sampling: Sampling,
        map: (Float) -> Float
    ) {
        precondition(tensor.count == side * side * 3, "The model's input is \(side) × \(side) × 3.")
        let taps: Int, start: Double, shift: Double, outside: PixelReader.Outside
        switch sampling {
        case .averaged:
            taps = Int(min(max((square.side / Double(side)).rounded(), 1), Self.mostTaps))
            (start, shift, outside) = (0.5, 0.5, .black)
        case .single(let beside): (taps, start, shift, outside) = (1, 0, 0, beside)
        }
        withPixels { pixels in
            for y in 0..<side {
                for x in 0..<side {
                    var sum = SIMD3<Float>()
                    for tap in 0..<(taps * taps) {
                        let place = square.place(
                            (Double(x) + (Double(tap % taps) + start) / Double(taps)) / Double(side),
                            (Double(y) + (Double(tap / taps) + start) / Double(taps)) / Double(side))
                        sum += pixels.color(at: place - shift, outside: outside)
                    }
                    sum /= Float(taps * taps)
                    for channel in 0..<3 { tensor[(y * side + x) * 3 + channel] = map(sum[channel]) }
                }
            }
        }
    }

    /// Lends its pixels for reading place by place.
    func withPixels(_ body: (PixelReader) -> Void) {
        pixels.withUnsafeBufferPointer { body(PixelReader(width: width, height: height, pixels: $0)) }
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
        // Whole numbers between the two passes, too, as Pillow has them: what a cubic overshoots is cut off twice.
        var narrow = [UInt8](repeating: 0, count: (rows.end - first) * newWidth * 3)
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        // Adding a half and cutting off is rounding, without the call that `rounded` is for processors before SSE4.1.
        func byte(_ value: Float) -> UInt8 { UInt8(min(max(value, 0), 255) + 0.5) }
        pixels.withUnsafeBufferPointer { pixels in
            narrow.withUnsafeMutableBufferPointer { narrow in
                for row in first..<rows.end {
                    columns.apply(3, from: { Float(pixels[row * width * 3 + $0]) }) {
                        narrow[(row - first) * newWidth * 3 + $0] = byte($1)
                    }
                }
                result.withUnsafeMutableBufferPointer { result in
                    rows.apply(newWidth * 3, from: { Float(narrow[$0 - first * newWidth * 3]) }) {
                        result[$0] = byte($1)
                    }
                }
            }
        }
        return result
    }

    func part(_ columns: ClosedRange<Int>, _ rows: ClosedRange<Int>) -> RGBPicture {
        let lines = rows.map { row in
            pixels[(row * width + columns.lowerBound) * 3..<(row * width + columns.upperBound + 1) * 3]
        }
        return RGBPicture(width: columns.count, height: rows.count, pixels: Array(lines.joined()))
    }

    /// Weights of five pixels, both ways, as dlib's `pyramid_down<2>` has them.
    private static let halvingWeights = [1, 4, 6, 4, 1]

    /// Every other pixel of the picture, smoothed; three pixels fewer a side before that. `nil` when there are too few.
    func halved() -> RGBPicture? {
        let weights = Self.halvingWeights
        let (halfWidth, halfHeight) = ((width - 3) / 2, (height - 3) / 2)
        guard halfWidth > 0, halfHeight > 0 else { return nil }
        var narrow = [Int](repeating: 0, count: height * halfWidth * 3)
        for index in narrow.indices {
            let (row, at) = index.quotientAndRemainder(dividingBy: halfWidth * 3)
            let first = (row * width + at / 3 * 2) * 3 + at % 3
            narrow[index] = weights.indices.reduce(0) { $0 + weights[$1] * Int(pixels[first + $1 * 3]) }
        }
        var half = [UInt8](repeating: 0, count: halfWidth * halfHeight * 3)
        for index in half.indices {
            let (row, at) = index.quotientAndRemainder(dividingBy: halfWidth * 3)
            let sum = weights.indices.reduce(0) { $0 + weights[$1] * narrow[(row * 2 + $1) * halfWidth * 3 + at] }
            half[index] = UInt8(sum / 256)
        }
        return RGBPicture(width: halfWidth, height: halfHeight, pixels: half)
    }
}
