import Base
import Foundation
import Moderation

/// The timeline as SVG: for each category a lane with its probability over time, the threshold, KO segments, and gaps
/// without scores.
///
/// The whole video is 1000 units wide, and a lane is 72 units high. Colors come from the page's style sheet, or from an
/// embedded one.
struct TimelineChart {
    private static let width = 1000.0
    private static let (laneHeight, graphHeight, labelHeight) = (72.0, 48.0, 16.0)

    /// A category of one video stream.
    private struct Lane {
        let category: String
        /// `nil` if there is only one stream.
        let stream: Int?
        let frames: [ModerationResult.Frame]

        func holds(_ segment: Segment) -> Bool {
            segment.category.rawValue == category && (stream == nil || segment.stream == stream)
        }
    }

    private let result: ModerationResult
    private let lanes: [Lane]
    private let end: Double

    init(_ result: ModerationResult) {
        self.result = result
        let judged = result.judgedStreams
        let streams = judged.count > 1 ? judged.map(Optional.some) : [nil]
        let frames = streams.map { stream in result.frames.filter { stream == nil || $0.info.stream == stream } }
        lanes = result.categories.keys.sorted().flatMap { category in
            zip(streams, frames).map { Lane(category: category, stream: $0, frames: $1) }
        }
        end = max(Double(result.end), 1)
    }

    /// - Parameter isAlone: Whether it is a document with its own colors rather than part of a page.
    func svg(isAlone: Bool) -> String {
        let height = Double(max(1, lanes.count)) * Self.laneHeight + 20
        let style = isAlone ? "<style>\(Self.standaloneStyle)</style>" : ""
        let drawn = lanes.enumerated().map { draw($0.element, top: Double($0.offset) * Self.laneHeight) }
        let title = "Probability of each category over time, 0 to \(Self.clock(end))"
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1000 \(Self.number(height))" role="img" class="chart">\
            <title>\(title)</title>\(style)\
            <defs><pattern id="unknown" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">\
            <rect class="stripe" width="2" height="6"/></pattern></defs>\
            \(drawn.joined())\(axis(top: height - 16))</svg>
            """
    }

    private func x(_ position: Int) -> Double { min(1, max(0, Double(position) / end)) * Self.width }

    // MARK: A lane

    private func draw(_ lane: Lane, top: Double) -> String {
        let category = lane.category
        let label = result.place(category, lane.stream)
        let floor = top + Self.labelHeight + Self.graphHeight
        let threshold = result.policy.thresholds[category] ?? result.policy.threshold
        let line = floor - threshold * Self.graphHeight
        return """
            <g><text class="label" x="0" y="\(Self.number(top + 12))">\(Self.escaped(label))</text>\
            <rect class="ground" x="0" y="\(Self.number(floor - Self.graphHeight))" width="1000" \
            height="\(Self.number(Self.graphHeight))"/>\
            \(segments(lane, floor))\(dismissed(lane, floor))\(unknown(lane, floor))\
            <path class="judged" d="\(curve(lane, floor, reused: false))"/>\
            <path class="reused" d="\(curve(lane, floor, reused: true))"/>\
            <path class="dense" d="\(dots(category, floor))"/>\
            <line class="threshold" x1="0" x2="1000" y1="\(Self.number(line))" y2="\(Self.number(line))"/></g>
            """
    }

    private func segments(_ lane: Lane, _ floor: Double) -> String {
        result.segments.enumerated().filter { lane.holds($0.element) }.map { index, segment in
            let name = segment.standing == .unconfirmed ? "segment unconfirmed" : "segment"
            return rectangle(name, segment.start, segment.end, floor, attributes: " data-segment=\"\(index)\"")
        }.joined()
    }

    private func dismissed(_ lane: Lane, _ floor: Double) -> String {
        (result.dismissed ?? []).filter(lane.holds).map { segment in
            rectangle("dismissed", segment.start, segment.end, floor)
        }.joined()
    }

    /// The pictures of second looks, a dot each.
    private func dots(_ category: String, _ floor: Double) -> String {
        (result.confirmation?.frames ?? []).compactMap { frame in
            frame.scores[category].map {
                "M\(Self.number(x(frame.position))) \(Self.number(floor - $0 * Self.graphHeight))h0"
            }
        }.joined()
    }

    /// Positions without a score; adjacent ones are merged.
    private func unknown(_ lane: Lane, _ floor: Double) -> String {
        var parts: [String] = []
        var began: Int?
        for (index, frame) in lane.frames.enumerated() {
            let isUnknown = frame.scores[lane.category] == nil
            if isUnknown, began == nil { began = frame.info.position }
            guard let start = began, !isUnknown || index == lane.frames.count - 1 else { continue }
            let stop = isUnknown ? Int(end) : frame.info.position
            parts.append(rectangle("unknown", start, stop, floor))
            began = nil
        }
        return parts.joined()
    }

    private func rectangle(
        _ name: String, _ start: Int, _ end: Int, _ floor: Double, attributes: String = ""
    ) -> String {
        let width = max(1.5, x(end) - x(start))
        return """
            <rect class="\(name)" x="\(Self.number(x(start)))" y="\(Self.number(floor - Self.graphHeight))" \
            width="\(Self.number(width))" height="\(Self.number(Self.graphHeight))"\(attributes)/>
            """
    }

    /// A step for each sample that was judged, or for each that reuses a picture.
    private func curve(_ lane: Lane, _ floor: Double, reused: Bool) -> String {
        var path = ""
        var pen: Double?
        for (index, frame) in lane.frames.enumerated() {
            guard let score = frame.scores[lane.category], frame.reused == reused else {
                pen = nil
                continue
            }
            let next = index + 1 < lane.frames.count ? lane.frames[index + 1].info.position : Int(end)
            let height = floor - score * Self.graphHeight
            if pen == nil { path += "M\(Self.number(x(frame.info.position))) \(Self.number(height))" }
            if let pen, pen != height { path += "V\(Self.number(height))" }
            path += "H\(Self.number(x(next)))"
            pen = height
        }
        return path
    }

    // MARK: The axis

    private func axis(top: Double) -> String {
        let step = Self.steps.first { end / $0 <= 10 } ?? end
        return stride(from: 0, through: end, by: step).map { position in
            let place = Self.number(x(Int(position)))
            let anchor = position == 0 ? "start" : position > end * 0.95 ? "end" : "middle"
            return """
                <text class="tick" x="\(place)" y="\(Self.number(top + 12))" text-anchor="\(anchor)">\
                \(Self.clock(position))</text>
                """
        }.joined()
    }

    /// Candidates for the time between ticks, in ms.
    private static let steps: [Double] = [
        100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000,
        3_600_000, 7_200_000, 14_400_000,
    ]

    // MARK: Writing

    private static func clock(_ position: Double) -> String {
        Timecode(milliseconds: Int(position.rounded())).short
    }

    static func number(_ value: Double) -> String {
        let text = String(format: "%.1f", value)
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    static func escaped(_ text: String) -> String {
        text.replacingOccurrences(of: "&", with: "&amp;").replacingOccurrences(of: "<", with: "&lt;")
            .replacingOccurrences(of: ">", with: "&gt;").replacingOccurrences(of: "\"", with: "&quot;")
    }

    private static let standaloneStyle = """
        .ground{fill:#f2f3f5}.segment{fill:#d63b3b;fill-opacity:.35}.unconfirmed{fill-opacity:.15;stroke:#d63b3b}\
        .dismissed{fill:none;stroke:#777;stroke-dasharray:3 3}.dense{stroke:#1f5fae;stroke-width:2.5;stroke-linecap:round}.judged{fill:none;stroke:#1f5fae;stroke-width:1.5}\
        .reused{fill:none;stroke:#9dbbe0;stroke-width:1.5}.threshold{stroke:#777;stroke-dasharray:4 4}\
        .unknown{fill:url(#unknown)}.stripe{fill:#999}.label{font:600 12px sans-serif}.tick{font:10px sans-serif;fill:#555}
        """
}
