import Base
import Synchronization

/// What one run costs. A judge that several runs share adds to the cost of the run that it works for, besides its own
/// totals.
public final class RunCost: Sendable {
    private struct State {
        var spending: Spending?
        var times: [String: Duration]?
    }

    /// The cost of the run that the current task belongs to; `nil` where nobody counts. Tasks that a task starts inherit
    /// it, unless they are detached.
    @TaskLocal public static var current: RunCost?

    private let state = Mutex(State())

    /// Starts with nothing.
    public init() {}

    /// What was spent; `nil` if the judge did not add anything.
    public var spending: Spending? { state.withLock { $0.spending } }

    /// Seconds that each part of the judge has worked, by name; `nil` if the judge did not add anything.
    public var timeByPart: [String: Double]? { state.withLock { $0.times?.mapValues { $0.inSeconds } } }

    /// Adds to what was spent.
    public func spend(_ change: (inout Spending) -> Void) {
        state.withLock { state in
            var spending = state.spending ?? Spending()
            change(&spending)
            state.spending = spending
        }
    }

    /// Adds the time that a part of the judge has worked.
    public func add(_ time: Duration, of part: String) {
        state.withLock { $0.times = ($0.times ?? [:]).merging([part: time], uniquingKeysWith: +) }
    }
}
