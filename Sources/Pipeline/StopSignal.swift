import Synchronization

/// A way to end a run from outside, with what it has so far.
public final class StopSignal: Sendable {
    private struct State {
        var isStopped = false
        var actions: [@Sendable () -> Void] = []
    }
    private let state = Mutex(State())

    public init() {}

    public var isStopped: Bool { state.withLock { $0.isStopped } }

    /// Ends the runs that listen. Any thread, repeatedly.
    public func stop() {
        let actions = state.withLock { state in
            state.isStopped = true
            defer { state.actions = [] }
            return state.actions
        }
        actions.forEach { $0() }
    }

    /// Runs `action` when stopped; at once if that has happened.
    func whenStopped(_ action: @escaping @Sendable () -> Void) {
        let now = state.withLock { state in
            if !state.isStopped { state.actions.append(action) }
            return state.isStopped
        }
        if now { action() }
    }
}
