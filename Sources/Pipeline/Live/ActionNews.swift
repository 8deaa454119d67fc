import Moderation
import Synchronization

/// What became of the actions about one stream, on its way into the stream's events.
public final class ActionNews: Sendable {
    private struct State {
        var waiting: [ActionOutcome] = []
        /// Actions that are neither done nor given up.
        var outstanding: Set<String> = []
        var hear: @Sendable () -> Void = {}
    }
    private let state = Mutex(State())

    /// The most news that wait. Beyond it the oldest are dropped: a stream that is that busy tells the newest.
    private static let capacity = 256

    /// Starts without news.
    public init() {}

    /// An action was stored. The end of the stream waits for it for a while.
    /// - Parameter id: The action's id.
    public func expect(_ id: String) {
        state.withLock { state in
            if state.outstanding.count < Self.capacity { state.outstanding.insert(id) }
        }
    }

    /// An attempt was made.
    public func tell(_ outcome: ActionOutcome) {
        let hear = state.withLock { state in
            state.waiting.append(outcome)
            if state.waiting.count > Self.capacity { state.waiting.removeFirst() }
            if outcome.result != .failed { state.outstanding.remove(outcome.id) }
            return state.hear
        }
        hear()
    }

    /// Takes the news that wait.
    func take() -> [ActionOutcome] {
        state.withLock { state in
            defer { state.waiting = [] }
            return state.waiting
        }
    }

    /// Whether something is still to come.
    var isOutstanding: Bool { state.withLock { !$0.outstanding.isEmpty } }

    /// Calls a function with each of the news that come.
    func whenTold(_ hear: @escaping @Sendable () -> Void) { state.withLock { $0.hear = hear } }
}
