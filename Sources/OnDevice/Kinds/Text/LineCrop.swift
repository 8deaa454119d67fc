import Moderation

/// A line of text in a picture, to be cut out.
struct LineCrop {
    /// Top left, top right, bottom right and bottom left, in whole pixels.
    let corners: [SIMD2<Double>]
    /// The size of the line within the picture, in pixels.
    private let width, height: Int

    /// Shorter sides hold no text.
    private static let leastSide = 3.0

    /// Fails if hardly any of the line lies in the picture.
    /// - Parameters:
    ///   - corners: In fractions of the picture.
    ///   - width: The picture's width in pixels.
    ///   - height: The picture's height in pixels.
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
    /// In pixels.
    var shorterSide: Int { min(width, height) }
    /// Whether it is written downwards or turned by 90°. Then it is turned left before it is read.
    private var isTall: Bool { 2 * height >= 3 * width }

    /// Its width if it is scaled to this height, in pixels.
    func columns(height wanted: Int) -> Int {
        let (long, short) = isTall ? (height, width) : (width, height)
        return (wanted * long + short - 1) / short
    }

    /// Writes the line to a tensor, scaled without antialiasing as in the network's training. The rest of the tensor is
    /// 0.
    /// - Parameters:
    ///   - tensor: Three planes of `rows` × `stride`, as in `BGRPlanes`.
    ///   - columns: The width of the line within `stride`.
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

    /// - Parameters: Fractions of the width and height, from the top left.
    @inline(__always)
    private func place(_ u: Double, _ v: Double) -> SIMD2<Double> {
        (corners[0] * (1 - u) + corners[1] * u) * (1 - v) + (corners[3] * (1 - u) + corners[2] * u) * v
    }

    /// Sorts lines in reading order: from the top, then from the left. Crops belong to one line if each begins less
    /// than 10 pixels below the one before.
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
