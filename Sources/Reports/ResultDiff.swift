import Base
import Foundation
import Moderation

/// Where two results of one video differ. At each position, the latest sample of each result counts.
public struct ResultDiff: JSONDocument, Sendable {
    /// A stretch in which decisions or rejected categories differ in the same way.
    public struct Stretch: Encodable, Hashable, Sendable {
        /// In ms.
        public var start, end: Int
        /// The decisions of both results.
        public var first, second: Decision
        /// The categories that only one of the results rejects.
        public var onlyFirst, onlySecond: [String]
    }

    /// The final decisions of both results.
    public var firstDecision, secondDecision: Decision
    /// In order, without overlaps.
    public var stretches: [Stretch]
    /// The length of all stretches together, and of the video, in ms.
    public var disagreement, duration: Int

    private struct Moment: Equatable {
        var decision = Decision.undetermined
        var rejected: [String] = []
    }

    /// Compares two results of the same video.
    public init(_ first: ModerationResult, _ second: ModerationResult) {
        (firstDecision, secondDecision) = (first.finalDecision, second.finalDecision)
        let positions = Set((first.frames + second.frames).map(\.info.position)).sorted()
        let end = max(first.end, second.end)
        duration = end
        stretches = []
        var (left, right) = (Cursor(first), Cursor(second))
        for (index, position) in positions.enumerated() {
            let (one, other) = (left.moment(at: position), right.moment(at: position))
            let next = index + 1 < positions.count ? positions[index + 1] : end
            guard one != other else { continue }
            let stretch = Stretch(
                start: position, end: next, first: one.decision, second: other.decision,
                onlyFirst: one.rejected.filter { !other.rejected.contains($0) },
                onlySecond: other.rejected.filter { !one.rejected.contains($0) })
            if let last = stretches.last, last.end == position, last.isLike(stretch) {
                stretches[stretches.count - 1].end = next
            } else {
                stretches.append(stretch)
            }
        }
        disagreement = stretches.reduce(0) { $0 + $1.end - $1.start }
    }

    /// Reads the state of a result at ascending positions.
    private struct Cursor {
        private let frames: [ModerationResult.Frame]
        private var next = 0

        init(_ result: ModerationResult) { frames = result.frames }

        mutating func moment(at position: Int) -> Moment {
            while next < frames.count, frames[next].info.position <= position { next += 1 }
            guard next > 0 else { return Moment() }
            return Moment(decision: frames[next - 1].decision, rejected: frames[next - 1].rejectCriteria)
        }
    }

    // MARK: Formats

    /// The differences for people. Ends in a newline.
    public func text() -> String {
        var lines = ["\(firstDecision.rawValue) and \(secondDecision.rawValue)"]
        for stretch in stretches {
            lines.append(
                "  \(Timecode(milliseconds: stretch.start).exact) – \(Timecode(milliseconds: stretch.end).exact)  "
                    + "\(stretch.words(stretch.first, stretch.onlyFirst)), \(stretch.words(stretch.second, stretch.onlySecond))"
            )
        }
        let share = Double(disagreement) / Double(max(1, duration)) * 100
        lines.append(
            stretches.isEmpty
                ? "  They agree at every sample."
                : String(
                    format: "  They disagree for %.1f s of %.1f s (%.1f %%).", Double(disagreement) / 1000,
                    Double(duration) / 1000, share))
        return lines.joined(separator: "\n") + "\n"
    }

    /// A row for each stretch, with a header.
    public func csv() -> String {
        CSVReport.text(
            [["start", "end", "first", "second", "only_first", "only_second"]]
                + stretches.map { stretch in
                    [
                        String(stretch.start), String(stretch.end), stretch.first.rawValue, stretch.second.rawValue,
                        stretch.onlyFirst.joined(separator: " "), stretch.onlySecond.joined(separator: " "),
                    ]
                })
    }
}

extension ResultDiff.Stretch {
    fileprivate func isLike(_ other: Self) -> Bool {
        (first, second, onlyFirst, onlySecond) == (other.first, other.second, other.onlyFirst, other.onlySecond)
    }

    func words(_ decision: Decision, _ only: [String]) -> String {
        only.isEmpty ? decision.rawValue : "\(decision.rawValue) (\(only.joined(separator: ", ")))"
    }
}
