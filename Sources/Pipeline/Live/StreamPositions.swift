import Base
import FrameSampling
import Moderation

/// Where a stream's connections lie on its one timeline.
///
/// Within a connection positions follow its timestamps. Between connections they follow the clock: the timeline goes on as
/// much later as nothing was received. So it never runs backwards, whatever timestamps do.
struct StreamPositions {
    /// Of the present connection's first picture; `nil` until there is one.
    private var base: Duration?
    private var end: Duration = .zero
    /// When the last picture before the present connection was received; `nil` before the first connection.
    private var endedAt: Duration?
    private var lastContinuity: Int?
    private var lastPosition: Duration = .zero
    private(set) var continuity = 0

    /// What is shorter is the network's unsteadiness.
    private static let shortestGap = Duration.milliseconds(500)

    /// The position of a sample, and what was missed before it, if anything was.
    /// - Parameter receivedAt: When its picture was received.
    mutating func place(
        _ sample: LiveSample, receivedAt: Duration
    ) -> (position: Int, gap: Range<Int>?, restarts: Bool) {
        var gap: Range<Int>?
        let base: Duration
        var restarts = false
        if let known = self.base {
            base = known
            if let lastContinuity, lastContinuity != sample.continuity {
                restarts = true
                continuity += 1
                let next = base + sample.position
                if sample.gap >= Self.shortestGap {
                    gap = max(lastPosition, next - sample.gap).wholeMilliseconds..<next.wholeMilliseconds
                }
            }
        } else {
            let missed = endedAt.map { max(.zero, receivedAt - $0) } ?? .zero
            base = end + missed
            self.base = base
            continuity += 1
            if base - end >= Self.shortestGap { gap = end.wholeMilliseconds..<base.wholeMilliseconds }
        }
        lastContinuity = sample.continuity
        lastPosition = base + sample.position
        return (lastPosition.wholeMilliseconds, gap, restarts)
    }

    /// A position that somebody else counts, on the one connection there is.
    /// - Parameter end: Where its picture ends, ms.
    mutating func note(_ position: Int, until end: Int) {
        continuity = 1
        lastPosition = .milliseconds(position)
        self.end = .milliseconds(end)
    }

    /// The connection is gone.
    /// - Parameters:
    ///   - end: Where its last picture ends, from its first on.
    ///   - at: When that was received.
    mutating func lost(end: Duration, at time: Duration) {
        guard let base else { return }
        self.end = max(base + end, lastPosition)
        endedAt = time
        self.base = nil
        lastContinuity = nil
    }

    /// Where the timeline ends, ms, given where the connection's last picture ends.
    func end(of connection: Duration?) -> Int {
        guard let base, let connection else { return end.wholeMilliseconds }
        return max(base + connection, lastPosition).wholeMilliseconds
    }

    /// A stretch of the timeline as positions of the present connection; `nil` where there is none.
    func inConnection(_ stretch: Range<Int>) -> Range<Duration>? {
        guard let base else { return nil }
        let lower = max(.zero, .milliseconds(stretch.lowerBound) - base)
        let upper = max(lower, .milliseconds(stretch.upperBound) - base)
        return lower < upper ? lower..<upper : nil
    }
}
