import Pipeline
import Synchronization

/// The checks in progress, so that the server can stop them all.
final class RunningChecks: Sendable {
    private struct State {
        var stops: [ObjectIdentifier: StopSignal] = [:]
        var isStopped = false
    }
    private let state = Mutex(State())

    /// Registers a check. It must stop when the signal does; `end` must follow.
    func begin() -> StopSignal {
        let stop = StopSignal()
        let isStopped = state.withLock { state in
            state.stops[ObjectIdentifier(stop)] = stop
            return state.isStopped
        }
        if isStopped { stop.stop() }
        return stop
    }

    /// Removes a check that `begin` registered.
    func end(_ stop: StopSignal) { state.withLock { $0.stops[ObjectIdentifier(stop)] = nil } }

    /// Stops all checks, present and future.
    func stopAll() {
        let stops = state.withLock { state in
            state.isStopped = true
            return Array(state.stops.values)
        }
        for stop in stops { stop.stop() }
    }
}
