import Moderation

/// A picture that crops are taken from.
struct RGBPicture {
    let width, height: Int
    /// Red, green, blue; row by row from the top.
    let pixels: [UInt8]

    var size: SIMD2<Double> { SIMD2(Double(width), Double(height)) }

    /// The longest side, in pixels, of the picture that upright views are cut from. Even a tile of a wide picture then
    /// has more pixels than the networks take.
    static let sideForViews = 960
    /// The longest side, in pixels, of the picture that turned squares (faces, hands) are cut from.
    static let sideForSquares = 640

    /// - Parameter longestSide: In pixels; smaller pictures are not enlarged.
    init(of still: any Picture, longestSide: Int) throws {
        (width, height) = still.size(within: longestSide, .toNearestOrAwayFromZero)
        pixels = try still.pixels(.rgb, width: width, height: height)
    }

    /// - Parameter pixels: `width` × `height` × 3.
    init(width: Int, height: Int, pixels: [UInt8]) {
        (self.width, self.height, self.pixels) = (width, height, pixels)
    }

    /// How a square's pixels are computed from the picture's.
    enum Sampling {
        /// The edges of the first pixels coincide. Each pixel is the mean of several samples, so that shrinking does
        /// not alias. Black outside.
        case averaged
        /// The centers of the first pixels coincide, and each pixel is one sample, as in MediaPipe.
        case single(PixelReader.Outside)
    }

    /// The most samples per side of a pixel. Bounds the cost of a square far larger than the picture.
    private static let maxTaps = 32.0

    /// Fills `side` × `side` × 3 floats with the square.
    func sample(
        _ square: CropSquare, into tensor: UnsafeMutableBufferPointer<Float>, side: Int, _ sampling: Sampling,
        map: (Float) -> Float
    ) {
        precondition(tensor.count == side * side * 3, "The model's input is \(side) × \(side) × 3.")
        let taps: Int, start: Double, shift: Double, outside: PixelReader.Outside
        switch sampling {
        case .averaged:
            taps = Int(min(max((square.side / Double(side)).rounded(), 1), Self.maxTaps))
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

    /// Lends the pixels for reading single places.
    func withPixels(_ body: (PixelReader) -> Void) {
        pixels.withUnsafeBufferPointer { body(PixelReader(width: width, height: height, pixels: $0)) }
    }

    /// A region scaled to `width` × `height` pixels as Pillow does it, with antialiasing.
    func scaled(
        _ region: Region, width newWidth: Int, height newHeight: Int, kernel: ResamplingFilter.Kernel = .bilinear
    ) -> [UInt8] {
        let columns = ResamplingFilter(
            kernel, from: region.x * Double(width), length: region.width * Double(width), within: width, to: newWidth)
        let rows = ResamplingFilter(
            kernel, from: region.y * Double(height), length: region.height * Double(height), within: height,
            to: newHeight)
        let first = rows.first
        // Rounded between the two passes, too, as in Pillow: a cubic filter's overshoot is clipped twice.
        var narrow = [UInt8](repeating: 0, count: (rows.end - first) * newWidth * 3)
        var result = [UInt8](repeating: 0, count: newWidth * newHeight * 3)
        // Adds 0.5 and truncates, because `rounded` is a function call on processors before SSE4.1.
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

    /// dlib's weights for `pyramid_down<2>`, in both directions.
    private static let halvingWeights = [1, 4, 6, 4, 1]

    /// The picture smoothed and halved, after losing three pixels per side. `nil` if it is too small.
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

extension Picture {
    /// Its size scaled down to a longest side in pixels. Never enlarged, and at least 1 × 1.
    func size(within longestSide: Int, _ rule: FloatingPointRoundingRule) -> (width: Int, height: Int) {
        let scale = min(1, Double(longestSide) / Double(max(width, height)))
        func side(_ length: Int) -> Int { max(1, Int((Double(length) * scale).rounded(rule))) }
        return (side(width), side(height))
    }
}
