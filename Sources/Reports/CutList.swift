import Base
import Moderation

/// MPlayer's edit decision list, which Kodi reads as well: lines of `start end action` with times in seconds. Action 0
/// skips the part. Overlapping segments are merged. http://www.mplayerhq.hu/DOCS/HTML/en/edl.html
enum CutList {
    static func render(_ result: ModerationResult) -> String {
        var cuts: [(start: Int, end: Int)] = []
        for segment in result.segments.sorted(by: { $0.start < $1.start }) {
            guard let last = cuts.last, segment.start <= last.end else {
                cuts.append((segment.start, segment.end))
                continue
            }
            cuts[cuts.count - 1].end = max(last.end, segment.end)
        }
        return cuts.map { cut in
            "\(Timecode(milliseconds: cut.start).inSeconds) \(Timecode(milliseconds: cut.end).inSeconds) 0\n"
        }.joined()
    }
}
