import Moderation

/// The parts of a picture that a classifier looks at. The highest score counts.
enum Views: String, Hashable, Sendable, Decodable {
    /// The whole picture, ignoring its aspect ratio.
    case whole
    /// The central square.
    case centre
    /// `whole`, then three squares of the shorter side: at the start, the middle and the end of the longer one.
    case squares
    /// `squares`, then six squares of 0.6 times the shorter side: three along the longer side, two across.
    case tiles

    /// The views of a picture with this size in pixels, the cheap ones first.
    func rounds(width: Int, height: Int) -> [[Region]] {
        func squares(_ share: Double, _ along: Int, _ across: Int) -> [Region] {
            Region.squares(share: share, along: along, across: across, width: width, height: height)
        }
        return switch self {
        case .whole: [[.whole]]
        case .centre: [squares(1, 1, 1)]
        case .squares: [[.whole], squares(1, 3, 1)]
        case .tiles: [[.whole], squares(1, 3, 1), squares(0.6, 3, 2)]
        }
    }
}

/// An upright part of a picture, in fractions of its width and height.
struct Region: Hashable, Sendable {
    let x, y, width, height: Double

    static let whole = Region(x: 0, y: 0, width: 1, height: 1)

    var box: Box { Box(x1: x, y1: y, x2: x + width, y2: y + height) }

    /// Squares of `share` times the shorter side, evenly distributed.
    static func squares(share: Double, along: Int, across: Int, width: Int, height: Int) -> [Region] {
        let (w, h) = (Double(width), Double(height))
        let side = share * min(w, h)
        let (columns, rows) = w >= h ? (along, across) : (across, along)
        func place(_ index: Int, of count: Int, room: Double) -> Double {
            count == 1 ? room / 2 : room * Double(index) / Double(count - 1)
        }
        var regions: [Region] = []
        for row in 0..<rows {
            for column in 0..<columns {
                let region = Region(
                    x: place(column, of: columns, room: w - side) / w, y: place(row, of: rows, room: h - side) / h,
                    width: side / w, height: side / h)
                // Squares may coincide in a picture that is nearly square.
                if !regions.contains(region) { regions.append(region) }
            }
        }
        return regions
    }
}
