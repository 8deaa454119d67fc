/// Requests a second on average; as many as come in a second may come at once. A value: whoever keeps it locks it.
package struct TokenBucket: Sendable {
    /// Between places.
    private let interval: Duration
    private var next: Duration?

    /// - Parameter rate: Requests a second, above 0. Below one, one comes at a time.
    package init(rate: Double) {
        interval = .nanoseconds(Int64(1e9 / max(rate, 1e-9)))
    }

    /// Takes a place and returns how long to wait for it.
    /// - Parameter now: By a clock that only goes forward, from any fixed origin.
    package mutating func take(at now: Duration) -> Duration {
        let place = place(at: now)
        next = place + interval
        return max(.zero, place - now)
    }

    /// Takes a place where one is free now. Returns whether there was one.
    package mutating func takeFree(at now: Duration) -> Bool {
        guard place(at: now) <= now else { return false }
        next = place(at: now) + interval
        return true
    }

    /// Those of the last second that nobody took may be taken late.
    private func place(at now: Duration) -> Duration {
        let earliest = now - max(.zero, .seconds(1) - interval)
        return max(next ?? earliest, earliest)
    }
}
