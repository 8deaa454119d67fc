import Moderation

/// A line of text in a picture: where it is, and how it is cut out.
struct LineCrop {
    /// Top left, top right, bottom right, bottom left, in whole pixels.
    let corners: [SIMD2<Double>]
    /// Pixels, of the line as it stands in the picture.
    private let width, height: Int

    /// Shorter ones hold no text.
    private static let leastSide = 3.0

    /// - Parameters:
    ///   - corners: In fractions of the picture.
    ///   - width: Of the picture, pixels.
    ///   - height: Of the picture, pixels.
    /// `nil` where hardly anything of it lies in the picture.
    init?(_ corners: [SIMD2<Double>], width: Int, height: Int) {
        let size = SIMD2(Double(width), Double(height))
        let placed = corners.map {
            ($0 * size).rounded(.toNearestOrEven).clamped(lowerBound: .zero, upperBound: size - 1)
        }
        func side(_ one: Int, _ two: Int) -> Double {
            let edge = placed[two] - placed[one]
            return (edge * edge).sum().squareRoot()
        }
        guard side(0, 1) > Self.leastSide, side(0, 3) > Self.leastSide else { return nil }
        self.corners = placed
        self.width = Int(max(side(0, 1), side(2, 3)))
        self.height = Int(max(side(0, 3), side(1, 2)))
    }

    var area: Int { width * height }
    /// Pixels.
    var shorterSide: Int { min(width, height) }
    /// Written downwards, or turned by a quarter: it is turned to the left to be read.
    private var isTall: Bool { 2 * height >= 3 * width }

    /// Columns it has when it is so many pixels high.
    func columns(height wanted: Int) -> Int {
        let (long, short) = isTall ? (height, width) : (width, height)
        return (wanted * long + short - 1) / short
    }

    /// Writes the line, scaled without smoothing, as its network was trained to see it; the rest of the tensor is 0.
    /// - Parameters:
    ///   - tensor: Three planes of `rows` × `stride`, as `BGRPlanes` has them.
    ///   - columns: The line takes so many of `stride`.
    func fill(
        _ tensor: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int, stride: Int, of picture: RGBPicture
    ) {
        tensor.update(repeating: 0)
        let w = Double(width), h = Double(height)
        let (long, short) = isTall ? (h, w) : (w, h)
        picture.withPixels { pixels in
            for row in 0..<rows {
                let down = min(max((Double(row) + 0.5) * short / Double(rows) - 0.5, 0), short - 1)
                for column in 0..<columns {
                    let right = min(max((Double(column) + 0.5) * long / Double(columns) - 0.5, 0), long - 1)
                    let place = isTall ? place((w - 1 - down) / w, right / h) : place(right / w, down / h)
                    let color = pixels.color(at: place, outside: .edge)
                    let at = row * stride + column
                    tensor[at] = BGRPlanes.value(color.z)
                    tensor[rows * stride + at] = BGRPlanes.value(color.y)
                    tensor[2 * rows * stride + at] = BGRPlanes.value(color.x)
                }
            }
        }
    }

    /// - Parameters: From the left and from the top, 0…1.
    @inline(__always)
    private func place(_ u: Double, _ v: Double) -> SIMD2<Double> {
        (corners[0] * (1 - u) + corners[1] * u) * (1 - v) + (corners[3] * (1 - u) + corners[2] * u) * v
    }

    /// In the order people read: lines from the top, in each from the left. A line goes on while the next one begins less
    /// than ten pixels lower.
    static func inReadingOrder(_ crops: [LineCrop]) -> [LineCrop] {
        let sorted = crops.sorted { $0.corners[0].y < $1.corners[0].y }
        var line = 0, last = -Double.infinity
        return sorted.map { crop -> (line: Int, crop: LineCrop) in
            if crop.corners[0].y - last >= 10 { line += 1 }
            last = crop.corners[0].y
            return (line, crop)
        }.sorted { ($0.line, $0.crop.corners[0].x) < ($1.line, $1.crop.corners[0].x) }.map(\.crop)
    }
}
