import Pipeline
import Synchronization

/// The checks in progress, so that all can be ended when the server stops.
final class RunningChecks: Sendable {
    private struct State {
        var next = 0
        var stops: [Int: StopSignal] = [:]
        var isStopped = false
    }
    private let state = Mutex(State())

    func begin() -> (id: Int, stop: StopSignal) {
        let stop = StopSignal()
        let (id, late) = state.withLock { state in
            state.next += 1
            state.stops[state.next] = stop
            return (state.next, state.isStopped)
        }
        if late { stop.stop() }
        return (id, stop)
    }

    func end(_ id: Int) { state.withLock { $0.stops[id] = nil } }

    func stopAll() {
        let stops = state.withLock { state in
            state.isStopped = true
            return Array(state.stops.values)
        }
        for stop in stops { stop.stop() }
    }
}
