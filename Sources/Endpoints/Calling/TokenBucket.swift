/// Requests a second on average, with so many at once at most. A value: whoever keeps it locks it.
struct TokenBucket {
    private let interval: Duration
    private let burst: Int
    private var next: ContinuousClock.Instant?

    /// - Parameter rate: Requests a second; as many as come in a second may come at once.
    init(rate: Double) {
        interval = .seconds(1 / rate)
        burst = max(1, Int(rate))
    }

    /// Takes a place and returns how long to wait for it.
    mutating func take(at now: ContinuousClock.Instant) -> Duration {
        // Places lie `interval` apart; those of the last second that nobody took may be taken late.
        let earliest = now - interval * (burst - 1)
        let place = max(next ?? earliest, earliest)
        next = place + interval
        return max(.zero, place - now)
    }
}
