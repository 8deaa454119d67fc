import Synchronization

/// Ends runs from outside.
public final class StopSignal: Sendable {
    private struct State {
        var isStopped = false
        var actions: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())

    /// A signal that is not stopped.
    public init() {}

    /// Whether `stop` was called.
    public var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Ends all runs that use this signal. It can be called repeatedly, from any thread.
    public func stop() {
        let actions = state.withLock { state in
            state.isStopped = true
            defer { state.actions = [] }
            return state.actions
        }
        actions.forEach { $0() }
    }

    /// Calls `action` on `stop`, or at once if that was called before.
    package func whenStopped(_ action: @escaping @Sendable () -> Void) {
        let now = state.withLock { state in
            if !state.isStopped { state.actions.append(action) }
            return state.isStopped
        }
        if now { action() }
    }
}
