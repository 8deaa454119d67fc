/// Limits the average rate of requests. A burst may use up to one second's worth at once.
///
/// A plain value: callers that share it must lock it.
package struct TokenBucket: Sendable {
    private let interval: Duration
    private var next: Duration?

    /// - Parameter rate: Requests per second, more than 0. Below 1, bursts are limited to a single request.
    package init(rate: Double) {
        interval = .nanoseconds(Int64(1e9 / max(rate, 1e-9)))
    }

    /// Reserves the next slot.
    /// - Parameter now: The time on a monotonic clock with any fixed origin.
    /// - Returns: How long to wait before using the slot.
    package mutating func take(at now: Duration) -> Duration {
        let place = place(at: now)
        next = place + interval
        return max(.zero, place - now)
    }

    /// Takes a slot only if one is free now.
    /// - Parameter now: The time on a monotonic clock with any fixed origin.
    /// - Returns: Whether a slot was free.
    package mutating func takeFree(at now: Duration) -> Bool {
        guard place(at: now) <= now else { return false }
        next = place(at: now) + interval
        return true
    }

    /// Slots of the last second that were not used remain available.
    private func place(at now: Duration) -> Duration {
        let earliest = now - max(.zero, .seconds(1) - interval)
        return max(next ?? earliest, earliest)
    }
}
