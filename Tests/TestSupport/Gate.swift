import Synchronization

/// Holds whoever comes until it is opened.
public final class Gate: Sendable {
    private struct State {
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
        var arrivals: [(count: Int, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    public init() {}

    /// Returns once it is open.
    public func wait() async {
        await withCheckedContinuation { continuation in
            let (now, ready) = state.withLock { state in
                if state.isOpen { return (true, [CheckedContinuation<Void, Never>]()) }
                state.waiting.append(continuation)
                let ready = state.arrivals.filter { $0.count <= state.waiting.count }.map(\.continuation)
                state.arrivals.removeAll { $0.count <= state.waiting.count }
                return (false, ready)
            }
            if now { continuation.resume() }
            for one in ready { one.resume() }
        }
    }

    /// Returns once so many wait.
    public func arrivals(_ count: Int) async {
        await withCheckedContinuation { continuation in
            let now = state.withLock { state in
                if state.waiting.count >= count { return true }
                state.arrivals.append((count, continuation))
                return false
            }
            if now { continuation.resume() }
        }
    }

    public func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            defer { state.waiting = [] }
            return state.waiting
        }
        for one in waiting { one.resume() }
    }
}
