/// Exponential backoff with jitter.
///
/// Attempt *n* (from 0) waits `min(cap, base · 2ⁿ)` times a random factor from 0.5 to 1, so that clients that failed
/// together do not retry together. With the defaults: 0.25 … 0.5 s, 0.5 … 1 s, 1 … 2 s, 2 … 4 s, up to 30 s.
/// A server's `Retry-After` is respected if it is longer, up to `maxDelay`.
public struct Backoff: Hashable, Sendable {
    /// The delay before the first retry, without jitter. Default 0.5 s.
    public var base: Duration = .milliseconds(500)
    /// The maximum delay, without jitter. Default 30 s.
    public var cap: Duration = .seconds(30)
    /// The longest `Retry-After` to wait for. A server that asks for more counts as unavailable. Default 120 s.
    public var maxDelay: Duration = .seconds(120)

    /// The default delays.
    public init() {}

    /// - Parameters:
    ///   - attempt: The number of failed attempts before this one, from 0.
    ///   - random: A random number, 0…1.
    ///   - retryAfter: The server's `Retry-After`, if any.
    /// - Returns: The delay before the next attempt. `nil` if the server asks for more than `maxDelay`.
    public func delay(attempt: Int, random: Double, retryAfter: Duration?) -> Duration? {
        if let retryAfter, retryAfter > maxDelay { return nil }
        // A large shift would overflow.
        let doubled = attempt > 20 ? cap : min(cap, base * (1 << attempt))
        let own = doubled * (0.5 + 0.5 * random)
        return max(own, retryAfter ?? .zero)
    }
}
