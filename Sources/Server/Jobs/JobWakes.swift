import Synchronization

/// Says when to look for jobs: at each tick of a clock, and as soon as somebody hears of one.
final class JobWakes: Sendable {
    private struct State {
        var isTick = false
        /// Hints since the last tick that came to nothing.
        var vain = 0
    }
    /// So many hints may come to nothing before others are passed over, up to the next tick: of many processes that hear of
    /// a job one gets it, and the others are not to ask in vain for each that is submitted.
    private static let mostVain = 4
    private let state = Mutex(State())
    /// An element for each look. Those that come faster than they are taken are one.
    let looks: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() {
        (looks, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    /// It is time to look.
    func tick() {
        state.withLock { $0 = State(isTick: true) }
        continuation.yield()
    }

    /// Somebody told of a job.
    /// - Returns: Whether that is a reason to look.
    @discardableResult func hear() -> Bool {
        let isReason = state.withLock { $0.vain < Self.mostVain }
        if isReason { continuation.yield() }
        return isReason
    }

    /// Tells whether a look found a job.
    func looked(found: Bool) {
        state.withLock { state in
            if !found, !state.isTick { state.vain += 1 }
            state.isTick = false
        }
    }
}
