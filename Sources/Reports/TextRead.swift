import Moderation

extension ModerationResult {
    /// Characters told of a segment's text, at most.
    private static let mostText = 200

    /// What was read in the picture at the peak of a segment of text, of the lines that make it one; `nil` where it is
    /// another kind of segment, or nothing was read.
    func textRead(in segment: Segment) -> String? {
        let frame = frames.first {
            $0.info.position == segment.peak.position && (segment.stream == nil || $0.info.stream == segment.stream)
        }
        let lines = (frame?.details?.lines ?? []).filter { $0.shows(segment.category) }.map(\.text)
        return lines.isEmpty ? nil : String(lines.joined(separator: " / ").prefix(Self.mostText))
    }
}
