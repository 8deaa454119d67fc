import Base
import Foundation
import Moderation

/// WebVTT with a cue for each segment, which players show as chapters. Dismissed segments are in comments.
/// https://www.w3.org/TR/webvtt1/
enum WebVTTReport {
    static func render(_ result: ModerationResult) -> String {
        let cues = result.segments.enumerated().map { index, segment in
            cue(index + 1, from: segment.start, to: segment.end, escaped(words(segment, of: result)))
        }
        let notes = (result.dismissed ?? []).map { segment in
            "NOTE \(time(segment.start)) to \(time(segment.end)): \(escaped(words(segment, of: result)))"
        }
        let unseen = [result.note, result.unseenStreams].compactMap { $0 }.map { "NOTE \(escaped($0))" }
        return (["WEBVTT"] + unseen + cues + notes).joined(separator: "\n\n") + "\n"
    }

    private static func words(_ segment: Segment, of result: ModerationResult) -> String {
        let place = result.place(segment.category.rawValue, segment.stream)
        return "\(place) (\(ReportPage.percent(segment.peak.probability))\(segment.standingWords))"
    }

    /// A cue for each thumbnail, from its sample to the next one with a thumbnail. `#xywh=` selects the part of the
    /// sprite. https://www.w3.org/TR/media-frags/#naming-space
    static func thumbnails(_ result: ModerationResult, _ sprite: ReportPictures.Sprite) -> String {
        let shown = sprite.tiles.filter { result.frames.indices.contains($0.key) }.sorted { $0.key < $1.key }
        let cues = shown.enumerated().map { number, entry in
            let (index, tile) = entry
            let next = number + 1 < shown.count ? result.frames[shown[number + 1].key].info.position : result.end
            return cue(
                number + 1, from: result.frames[index].info.position, to: next,
                "\(sprite.file)#xywh=\(tile.x),\(tile.y),\(tile.width),\(tile.height)")
        }
        return (["WEBVTT"] + cues).joined(separator: "\n\n") + "\n"
    }

    // WebVTT requires a cue to end after it starts.
    private static func cue(_ number: Int, from start: Int, to end: Int, _ text: String) -> String {
        """
        \(number)
        \(time(start)) --> \(time(max(end, start + 1)))
        \(text)
        """
    }

    private static func time(_ position: Int) -> String { Timecode(milliseconds: position).padded }

    private static func escaped(_ text: String) -> String {
        TimelineChart.escaped(text).replacingOccurrences(of: "\n", with: " ")
    }
}
