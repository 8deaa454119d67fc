import Foundation

/// WebVTT: a cue for each segment, as players take for chapters. https://www.w3.org/TR/webvtt1/
enum WebVTTReport {
    static func render(_ result: ResultDocument) -> String {
        let cues = result.segments.enumerated().map { index, segment in
            // A cue has to end after it begins.
            let end = max(segment.end, segment.start + 1)
            let peak = String(format: "%.1f", segment.peak.probability * 100)
            return """
                \(index + 1)
                \(time(segment.start)) --> \(time(end))
                \(escaped(segment.category)) (\(peak) %)
                """
        }
        return (["WEBVTT"] + cues).joined(separator: "\n\n") + "\n"
    }

    private static func time(_ milliseconds: Int) -> String {
        String(
            format: "%02d:%02d:%02d.%03d", milliseconds / 3_600_000, milliseconds / 60_000 % 60,
            milliseconds / 1000 % 60, milliseconds % 1000)
    }

    private static func escaped(_ text: String) -> String {
        TimelineChart.escaped(text).replacingOccurrences(of: "\n", with: " ")
    }
}
