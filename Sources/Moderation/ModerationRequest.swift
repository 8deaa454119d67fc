/// What is asked of an input: what to look for, how often, and how the answers become a decision.
public struct ModerationRequest: Hashable, Sendable {
    /// Under the names they were asked by.
    public let tasks: [ModerationTask]
    public let policy: Policy
    /// Between two positions; more than 0.
    public let interval: Duration
    /// The caller's own references for the input and for its origin, repeated in the result.
    public let referenceID, originID: String?

    /// - Parameters:
    ///   - tasks: What to look for.
    ///   - policy: Thresholds, what is harmful, and the rules.
    ///   - interval: Between two positions; default 1 s.
    ///   - referenceID, originID: Default: none.
    public init(
        _ tasks: [ModerationTask], policy: Policy = Policy(), interval: Duration = .seconds(1),
        referenceID: String? = nil, originID: String? = nil
    ) {
        self.tasks = tasks
        self.policy = policy
        self.interval = interval
        self.referenceID = referenceID
        self.originID = originID
    }

    /// Everything the judge is asked for.
    public var asked: Set<ContentCategory> { tasks.categories }
}

extension Sequence<ModerationTask> {
    /// What the tasks cover together.
    public var categories: Set<ContentCategory> { Set(flatMap(\.categories)) }
}
