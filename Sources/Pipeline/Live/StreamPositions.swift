import Base
import FrameSampling

/// Maps a stream's connections to its timeline.
///
/// Within a connection, positions follow the timestamps. Between connections they follow the clock, so the timeline
/// advances by the time in which nothing was received. It never runs backwards, whatever the timestamps do.
struct StreamPositions {
    /// The position of the current connection's first picture; `nil` until there is one.
    private var base: Duration?
    private var end: Duration = .zero
    /// When the last picture before the current connection was received; `nil` before the first connection.
    private var endedAt: Duration?
    private var lastContinuity: Int?
    private var lastPosition: Duration = .zero
    private(set) var continuity = 0

    /// Shorter gaps are network jitter.
    private static let shortestGap = Duration.milliseconds(500)

    /// Places a sample.
    /// - Parameter receivedAt: When its picture was received.
    /// - Returns: Its position in ms, and what was missed before it. `restarts` if timestamps restarted in the
    ///   connection.
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

    /// Notes a position of a service's stream, which has only one connection.
    /// - Parameter end: The end of its picture, in ms.
    mutating func note(_ position: Int, until end: Int) {
        continuity = 1
        lastPosition = .milliseconds(position)
        self.end = .milliseconds(end)
    }

    /// The connection was lost.
    /// - Parameters:
    ///   - end: The end of its last picture, from the start of its first.
    ///   - at: When that picture was received.
    mutating func lost(end: Duration, at time: Duration) {
        guard let base else { return }
        self.end = max(base + end, lastPosition)
        endedAt = time
        self.base = nil
        lastContinuity = nil
    }

    /// The end of the timeline in ms, given the end of the connection's last picture.
    func end(of connection: Duration?) -> Int {
        guard let base, let connection else { return end.wholeMilliseconds }
        return max(base + connection, lastPosition).wholeMilliseconds
    }

    /// Converts a stretch of the timeline (ms) to positions of the current connection; `nil` if it lies outside.
    func inConnection(_ stretch: Range<Int>) -> Range<Duration>? {
        guard let base else { return nil }
        let lower = max(.zero, .milliseconds(stretch.lowerBound) - base)
        let upper = max(lower, .milliseconds(stretch.upperBound) - base)
        return lower < upper ? lower..<upper : nil
    }
}
