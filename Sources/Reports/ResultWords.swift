import Moderation

extension ModerationResult {
    /// The end of the last picture in ms; if it was not measured, one interval after the last sample.
    public var end: Int {
        let last = frames.last?.info.position
        return max(media.duration ?? last.map { $0 + Int(frameInterval * 1000) } ?? 0, last ?? 0)
    }

    /// The video streams with judged pictures; empty if unknown.
    var judgedStreams: [Int] { Set(frames.compactMap(\.info.stream)).sorted() }

    /// "stream 1", or `nil` unless there are several streams.
    func streamWords(_ stream: Int?) -> String? {
        guard judgedStreams.count > 1, let stream else { return nil }
        return "stream \(stream)"
    }

    /// A category, and the stream it was found in if there are several.
    func place(_ category: String, _ stream: Int?) -> String {
        [category, streamWords(stream)].compactMap { $0 }.joined(separator: ", ")
    }

    /// A sentence about video streams that were not judged; `nil` if there are none.
    var unseenStreams: String? {
        let unseen = (media.streams ?? []).filter { !$0.lookedAt }
        guard !unseen.isEmpty else { return nil }
        let list = unseen.prefix(8).map(\.words)
        let rest = unseen.count > 8 ? " and \(unseen.count - 8) more" : ""
        return "Not judged: video stream \(list.joined(separator: ", "))\(rest)."
    }

    /// The most characters shown of a segment's text.
    private static let maxText = 200

    /// The text in the picture at the peak of a segment, from lines that show the segment's category; `nil` if there is
    /// none.
    func textRead(in segment: Segment) -> String? {
        let frame = frames.first {
            $0.info.position == segment.peak.position && (segment.stream == nil || $0.info.stream == segment.stream)
        }
        let lines = (frame?.details?.lines ?? []).filter { $0.shows(segment.category) }.map(\.text)
        return lines.isEmpty ? nil : String(lines.joined(separator: " / ").prefix(Self.maxText))
    }
}

extension ModerationResult.Stream {
    /// `1 (h264, 1280×720, default)`.
    var words: String {
        "\(index) (\(([codec, "\(width)×\(height)"] + disposition).joined(separator: ", ")))"
    }
}

extension Segment {
    /// The segment's standing after a comma; empty without a second look.
    var standingWords: String { standing.map { ", \($0.rawValue)" } ?? "" }
}
