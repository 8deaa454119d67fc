import Moderation

extension ModerationResult {
    /// The most characters shown of a segment's text.
    private static let mostText = 200

    /// The text in the picture at the peak of a segment, from lines that show the segment's category; `nil` if there is
    /// none.
    func textRead(in segment: Segment) -> String? {
        let frame = frames.first {
            $0.info.position == segment.peak.position && (segment.stream == nil || $0.info.stream == segment.stream)
        }
        let lines = (frame?.details?.lines ?? []).filter { $0.shows(segment.category) }.map(\.text)
        return lines.isEmpty ? nil : String(lines.joined(separator: " / ").prefix(Self.mostText))
    }
}
