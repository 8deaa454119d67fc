import Base
import Foundation
import Moderation

/// A summary for people, on a terminal.
enum TextReport {
    static func render(_ result: ModerationResult) -> String {
        var lines = [headline(result), counts(result)]
        if let note = result.note { lines.append("  " + note) }
        if let unseen = result.unseenStreams { lines.append("  " + unseen) }
        for segment in result.segments {
            let peak = segment.peak
            lines.append(
                "  \(time(segment.start)) – \(time(segment.end))  \(segment.category)"
                    + "  peak \(percent(peak.probability)) at \(time(peak.position))"
                    + "  (\(segment.count) picture\(segment.count == 1 ? "" : "s")\(segment.standingWords))"
                    + (result.streamWords(segment.stream).map { "  " + $0 } ?? ""))
            if let read = result.textRead(in: segment) { lines.append("    “\(printable(read))”") }
        }
        for segment in result.dismissed ?? [] {
            lines.append(
                "  dismissed: \(time(segment.start)) – \(time(segment.end))  \(segment.category)"
                    + "  peak \(percent(segment.peak.probability))\(segment.standingWords)")
        }
        for (name, summary) in result.categories.sorted(by: { $0.key < $1.key }) {
            lines.append(
                "  \(name): highest \(percent(summary.max)) at \(time(summary.positionOfMax)), mean \(percent(summary.mean))"
            )
        }
        for video in result.knownVideos ?? [] {
            lines.append(
                "  known video \(printable(video.list)): \(video.picturesMatched) of \(video.pictures) pictures match, "
                    + "and \(video.framesFound) of its \(video.frames) frames were found")
        }
        lines += result.provider.warnings.map { "  " + printable($0) }
        lines.append(footer(result))
        return lines.map { $0 + "\n" }.joined()
    }

    private static func headline(_ result: ModerationResult) -> String {
        let confidence = result.confidenceScoreDecision.map { " (confidence \(percent($0)))" } ?? ""
        let reasons = result.rejectCriteria.isEmpty ? "" : ": " + result.rejectCriteria.joined(separator: ", ")
        return "\(result.finalDecision.rawValue)\(reasons)\(confidence)  \(printable(result.media.uri))"
    }

    private static func counts(_ result: ModerationResult) -> String {
        var text = "  \(result.nbImages) pictures, one every \(String(format: "%g", result.frameInterval)) s: "
        text += "\(result.nbImagesOk) OK, \(result.nbImagesKo) KO"
        if result.nbImagesUndetermined > 0 { text += ", \(result.nbImagesUndetermined) undetermined" }
        return text
    }

    private static func footer(_ result: ModerationResult) -> String {
        let media = result.media
        var text = "  \(media.codec) \(media.width)×\(media.height)"
        if media.rotation != 0 { text += " turned \(media.rotation)°" }
        if let duration = media.duration { text += ", \(time(duration)) long" }
        text += String(format: ", judged by %@ in %.1f s", result.provider.name, result.timing.wall)
        if let factor = result.timing.realtimeFactor { text += String(format: " (%.0f × real time)", factor) }
        if result.sampling.mode == "keyframes" { text += "; only keyframes were judged" }
        return text
    }

    private static func percent(_ share: Double) -> String { ReportPage.percent(share) }

    private static func time(_ position: Int) -> String { Timecode(milliseconds: position).exact }

    /// Replaces control characters: names of files may contain escape sequences.
    static func printable(_ text: String) -> String {
        String(text.unicodeScalars.map { $0.value < 32 || (127..<160).contains($0.value) ? "?" : Character($0) })
    }
}
