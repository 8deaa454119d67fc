import Moderation
import Pipeline
import Synchronization

/// Counts what a batch has done so far. Any thread may use it.
public final class BatchMeter: Sendable {
    /// What is done so far.
    public struct Reading: Hashable, Sendable {
        /// Inputs that ended, and those that failed.
        public var done = 0, failed = 0
        /// All inputs; `nil`: not known yet.
        public var total: Int?
        /// Pictures judged now.
        public var pictures = 0
        /// The length of what was judged now, in ms.
        public var length = 0
        /// Inputs that were judged now, and so took time.
        public var judged = 0
    }

    private struct State {
        var reading = Reading()
        /// By the number of a running input.
        var running: [Int: RunProgress] = [:]
    }

    private let state = Mutex(State())
    private let changed: @Sendable (BatchMeter) -> Void

    /// Starts with nothing.
    /// - Parameter changed: Called after each change, from any thread. It must not block.
    public init(changed: @escaping @Sendable (BatchMeter) -> Void = { _ in }) { self.changed = changed }

    /// What is done so far, running inputs included.
    public var reading: Reading {
        state.withLock { state in
            state.running.values.reduce(into: state.reading) { reading, progress in
                reading.pictures += progress.tally.total
                reading.length += progress.position
            }
        }
    }

    /// Sets how many inputs there are.
    public func set(total: Int) { state.withLock { $0.reading.total = total } }

    func note(_ progress: RunProgress, of number: Int) {
        state.withLock { $0.running[number] = progress }
        changed(self)
    }

    func end(_ number: Int, isFailed: Bool, wasJudged: Bool) {
        state.withLock { state in
            if let last = state.running.removeValue(forKey: number) {
                state.reading.pictures += last.tally.total
                state.reading.length += last.position
            }
            state.reading.done += 1
            if isFailed { state.reading.failed += 1 }
            if wasJudged { state.reading.judged += 1 }
        }
        changed(self)
    }
}
