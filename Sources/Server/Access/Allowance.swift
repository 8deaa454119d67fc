import Base
import Synchronization

/// Limits the rate and the concurrency of requests.
final class Allowance: Sendable {
    private struct State {
        var bucket: TokenBucket?
        var running = 0
    }
    private let concurrency: Int?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - rate: Requests per second on average, with bursts of one second's worth; `nil` for no limit.
    ///   - concurrency: The most requests at once; `nil` for no limit.
    init(rate: Double?, concurrency: Int?) {
        self.concurrency = concurrency
        state = Mutex(State(bucket: rate.map(TokenBucket.init)))
    }

    /// Whether another request may run now. If so, the caller must call `leave()` when it ends.
    /// - Parameter now: The time on a monotonic clock, the same one for every call.
    func enter(at now: Duration) -> Bool {
        state.withLock { state in
            if let concurrency, state.running >= concurrency { return false }
            guard state.bucket?.takeFree(at: now) != false else { return false }
            state.running += 1
            return true
        }
    }

    /// Ends a request that `enter` admitted.
    func leave() { state.withLock { $0.running -= 1 } }
}
