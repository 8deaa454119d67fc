import Foundation
import Moderation

/// A picture made of pixels.
public struct Drawn: Picture {
    public let width, height: Int
    /// Red, green, blue.
    public let rgb: [UInt8]

    /// Soft blobs: enough to tell pictures apart by.
    public init(seed: Int, width: Int = 320, height: Int = 192) {
        var random = Generator(state: UInt64(seed) &* 0x9E37_79B9_7F4A_7C15 | 1)
        var levels = [Double](repeating: 128, count: width * height)
        for _ in 0..<30 {
            let (size, level) = (random.next(in: 0.03...0.2), random.next(in: -250...250))
            func slope(_ length: Int) -> [Double] {
                let middle = random.next(in: 0...1)
                return (0..<length).map { place in
                    let far = (Double(place) / Double(length) - middle) / size
                    return exp(-far * far)
                }
            }
            let (across, down) = (slope(width), slope(height))
            for y in 0..<height {
                for x in 0..<width { levels[y * width + x] += level * across[x] * down[y] }
            }
        }
        (self.width, self.height) = (width, height)
        rgb = levels.flatMap { level in [UInt8](repeating: UInt8(min(max(level, 30), 255)), count: 3) }
    }

    public init(width: Int, height: Int, rgb: [UInt8]) {
        (self.width, self.height, self.rgb) = (width, height, rgb)
    }

    /// One colour.
    public init(gray: UInt8, width: Int, height: Int) {
        self.init(width: width, height: height, rgb: [UInt8](repeating: gray, count: 3 * width * height))
    }

    /// Each pixel from somewhere else; `nil` is black.
    public func moved(width: Int, height: Int, from: (Int, Int) -> (x: Int, y: Int)?) -> Drawn {
        var pixels = [UInt8](repeating: 0, count: 3 * width * height)
        for y in 0..<height {
            for x in 0..<width {
                guard let place = from(x, y) else { continue }
                for c in 0..<3 { pixels[3 * (y * width + x) + c] = rgb[3 * (place.y * self.width + place.x) + c] }
            }
        }
        return Drawn(width: width, height: height, rgb: pixels)
    }

    /// Clockwise.
    public var rotated90: Drawn { moved(width: height, height: width) { (x: $1, y: height - 1 - $0) } }

    public var mirrored: Drawn { moved(width: width, height: height) { (width - 1 - $0, $1) } }

    /// With black bars above and below.
    public func letterboxed(by bar: Int) -> Drawn {
        moved(width: width, height: height + 2 * bar) { x, y in
            (bar..<bar + height).contains(y) ? (x, y - bar) : nil
        }
    }

    public func pixels(_ layout: PixelLayout, width: Int, height: Int) throws -> [UInt8] { rgb }
    public func jpeg(within limits: JPEGLimits) throws -> [UInt8] { [] }

    private struct Generator {
        var state: UInt64

        mutating func next(in range: ClosedRange<Double>) -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return range.lowerBound + Double(state >> 11) / Double(1 << 53) * (range.upperBound - range.lowerBound)
        }
    }
}
