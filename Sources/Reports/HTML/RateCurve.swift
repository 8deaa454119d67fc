import Foundation

/// A curve of rates as SVG: both axes 0…1, in a square of 300 units. The page's style sheet has the colors.
struct RateCurve {
    struct Point: Hashable {
        /// 0…1.
        var x, y: Double
    }

    private static let side = 300.0
    private static let (left, top) = (46.0, 8.0)

    /// A description for screen readers.
    let title: String
    let xName, yName: String
    /// From left to right.
    let points: [Point]
    /// Whether the line goes up or down to the next point's height first, then across.
    let isStepped: Bool
    /// Whether to draw the diagonal, which stands for guessing.
    let hasDiagonal: Bool
    let marks: [Point]

    func svg() -> String {
        """
        <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 366 346" role="img" class="curve"><title>\(escaped(title))\
        </title><rect class="ground" x="\(number(Self.left))" y="\(number(Self.top))" width="300" height="300"/>\
        \(hasDiagonal ? diagonal : "")<path class="judged" d="\(path)"/>\(marks.map(circle).joined())\
        \(ticks.joined())<text class="label" x="\(number(Self.left + Self.side / 2))" y="340" \
        text-anchor="middle">\(escaped(xName))</text><text class="label" transform="translate(12 \
        \(number(Self.top + Self.side / 2))) rotate(-90)" text-anchor="middle">\(escaped(yName))</text></svg>
        """
    }

    private var diagonal: String {
        "<path class=\"threshold\" d=\"M\(place(Point(x: 0, y: 0)))L\(place(Point(x: 1, y: 1)))\"/>"
    }

    private var path: String {
        var path = ""
        var last = ""
        for point in points {
            let place = place(point)
            // Skip points that coincide at this resolution.
            if place == last { continue }
            if path.isEmpty { path = "M" + place } else { path += isStepped ? "V\(y(point))H\(x(point))" : "L" + place }
            last = place
        }
        return path
    }

    private func circle(_ point: Point) -> String {
        "<circle class=\"mark\" cx=\"\(x(point))\" cy=\"\(y(point))\" r=\"4\"/>"
    }

    private var ticks: [String] {
        [0, 0.25, 0.5, 0.75, 1].flatMap { share -> [String] in
            let (along, up) = (Point(x: share, y: 0), Point(x: 0, y: share))
            let text = String(format: "%.0f %%", share * 100)
            return [
                "<text class=\"tick\" x=\"\(x(along))\" y=\"322\" text-anchor=\"middle\">\(text)</text>",
                "<text class=\"tick\" x=\"\(number(Self.left - 4))\" y=\"\(number((Double(y(up)) ?? 0) + 3))\" "
                    + "text-anchor=\"end\">\(text)</text>",
            ]
        }
    }

    private func x(_ point: Point) -> String { number(Self.left + point.x * Self.side) }
    private func y(_ point: Point) -> String { number(Self.top + (1 - point.y) * Self.side) }
    private func place(_ point: Point) -> String { "\(x(point)) \(y(point))" }
    private func number(_ value: Double) -> String { TimelineChart.number(value) }
    private func escaped(_ text: String) -> String { TimelineChart.escaped(text) }
}
