/// How long to wait before trying again.
///
/// Attempt *n* (from 0) waits `min(cap, base · 2ⁿ)`, times a random share of one half to one: many clients that failed
/// together do not come back together. With the defaults: 0.25 … 0.5 s, 0.5 … 1 s, 1 … 2 s, 2 … 4 s, then up to 30 s.
/// A server's `Retry-After` is obeyed where it asks for longer, up to `longest`.
public struct Backoff: Hashable, Sendable {
    public var base: Duration = .milliseconds(500)
    public var cap: Duration = .seconds(30)
    /// A server that wants more is taken for unavailable.
    public var longest: Duration = .seconds(120)

    public init() {}

    /// - Parameters:
    ///   - attempt: How many have failed before, from 0.
    ///   - random: 0…1.
    ///   - retryAfter: What the server asked for.
    /// Returns `nil` when the server asks for more than `longest`.
    public func delay(attempt: Int, random: Double, retryAfter: Duration?) -> Duration? {
        if let retryAfter, retryAfter > longest { return nil }
        // Shifts beyond the cap are not computed: they would overflow.
        let doubled = attempt > 20 ? cap : min(cap, base * (1 << attempt))
        let own = doubled * (0.5 + 0.5 * random)
        return max(own, retryAfter ?? .zero)
    }
}
