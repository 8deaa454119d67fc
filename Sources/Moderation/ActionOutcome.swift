/// What became of an action.
public struct ActionOutcome: Hashable, Sendable {
    /// How an attempt ended. Raw values are the names in events and metrics.
    public enum Result: String, Hashable, Sendable, CaseIterable {
        /// It was done.
        case delivered
        /// It failed, and will be tried again.
        case failed
        /// It failed, and will not be tried again.
        case givenUp = "given_up"
    }

    /// The action's id, the same for each attempt.
    public var id: String
    /// What it was set for.
    public var kind: ActionTrigger.Kind
    /// The number of the segment that it is about; `nil` for the whole medium.
    public var segment: Int?
    /// How this attempt ended.
    public var result: Result
    /// When, in Unix seconds.
    public var time: Double
    /// Attempts so far, with this one.
    public var attempts: Int
    /// Why it failed, as a phrase without secrets.
    public var problem: String?
    /// Whether it was a program that had to be ended.
    public var wasEnded: Bool
    /// The beginning of a program's output, without secrets.
    public var output: String?
    /// The time until the next attempt, in ms.
    public var retryIn: Int?

    /// See the properties of the same names.
    public init(
        id: String, kind: ActionTrigger.Kind, segment: Int? = nil, result: Result, time: Double, attempts: Int,
        problem: String? = nil, wasEnded: Bool = false, output: String? = nil, retryIn: Int? = nil
    ) {
        (self.id, self.kind, self.segment, self.result) = (id, kind, segment, result)
        (self.time, self.attempts, self.problem) = (time, attempts, problem)
        (self.wasEnded, self.output, self.retryIn) = (wasEnded, output, retryIn)
    }
}
