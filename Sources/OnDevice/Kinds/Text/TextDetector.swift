import Moderation

/// Finds lines of text with PP-OCR's detector, a DB network, which gives each pixel's probability of lying in the
/// middle of a line.
struct TextDetector {
    let model: CompiledModel
    /// The longest side of the picture for the network, in pixels. Smaller pictures are not enlarged.
    let longestSide: Int

    /// The sides of the network's input are multiples of this, in pixels.
    private static let step = 32.0
    /// The most regions that are used; the uppermost count.
    private static let maxParts = 1000
    /// The least mean probability inside a rectangle.
    private static let leastScore: Float = 0.5
    /// The least shorter side, in pixels, of the rectangle around a region, before and after growing.
    private static let leastSide = 3.0, leastGrownSide = 5.0
    /// Each side of a rectangle is moved out by this times its area ∕ its perimeter.
    private static let growth = 1.6

    /// The corners of lines in fractions of the picture (top left, top right, bottom right, bottom left), and whether
    /// these are all lines.
    func regions(in still: any Picture) throws -> (regions: [[SIMD2<Double>]], areAll: Bool) {
        let (width, height) = size(of: still)
        let pixels = try still.pixels(.rgb, width: width, height: height)
        let values = try model.run(input: pixels.count, shape: [1, 3, height, width]) {
            BGRPlanes.fill($0, from: pixels)
        }
        guard values.count == width * height else {
            throw OnDeviceError(.badManifest, "The text detector's output is not a map of its input.")
        }
        return Self.regions(in: TextMap(width: width, height: height, values: values))
    }

    static func regions(in map: TextMap) -> (regions: [[SIMD2<Double>]], areAll: Bool) {
        let parts = map.parts(limit: maxParts + 1)
        let regions = parts.prefix(maxParts).compactMap { points in
            rectangle(around: points, in: map)?.corners.map { $0 / SIMD2(Double(map.width), Double(map.height)) }
        }
        return (regions, parts.count <= maxParts)
    }

    private func size(of still: any Picture) -> (width: Int, height: Int) {
        let scale = min(1, Double(longestSide) / Double(max(still.width, still.height)))
        func side(_ length: Int) -> Int {
            let steps = ((Double(length) * scale).rounded(.down) / Self.step).rounded(.toNearestOrEven)
            return Int(max(1, steps) * Self.step)
        }
        return (side(still.width), side(still.height))
    }

    private static func rectangle(around points: [SIMD2<Double>], in map: TextMap) -> TurnedRectangle? {
        guard let found = TurnedRectangle(around: points), found.shorterSide >= leastSide,
            map.mean(inside: found) >= leastScore
        else { return nil }
        let grown = found.grown(by: growth * found.along * found.across / (found.along + found.across))
        return grown.shorterSide >= leastGrownSide ? grown : nil
    }
}

/// The input format of PP-OCR's networks: planes of blue, green and red, in −1…1.
enum BGRPlanes {
    /// - Parameter pixels: 3 bytes each, red first. The tensor has as many numbers.
    static func fill(_ tensor: UnsafeMutableBufferPointer<Float>, from pixels: [UInt8]) {
        let area = pixels.count / 3
        pixels.withUnsafeBufferPointer { pixels in
            for channel in 0..<3 {
                let start = channel * area, source = 2 - channel
                for index in 0..<area { tensor[start + index] = value(Float(pixels[index * 3 + source])) }
            }
        }
    }

    /// - Parameter component: 0…255.
    @inline(__always)
    static func value(_ component: Float) -> Float { component * (2 / 255) - 1 }
}
