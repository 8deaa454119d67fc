/// What is asked for an input: what to look for, how often, and how the results become a decision.
public struct ModerationRequest: Hashable, Sendable {
    /// The tasks, under the names they were requested by.
    public let tasks: [ModerationTask]
    /// The thresholds, what is harmful, and the rules.
    public let policy: Policy
    /// The time between two positions. More than 0.
    public let interval: Duration
    /// The caller's own ids of the input and of its origin, repeated in the result.
    public let referenceID, originID: String?

    /// Creates a request.
    /// - Parameters:
    ///   - tasks: What to look for.
    ///   - policy: How to decide. Default: everything harmful counts from 0.5 on, and one KO sample is enough.
    ///   - interval: The time between two positions. Default 1 s.
    ///   - referenceID: The caller's own id of the input. Default: none.
    ///   - originID: The caller's own id of the input's origin. Default: none.
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

    /// All categories that the judge is asked for.
    public var asked: Set<ContentCategory> { tasks.categories }
}

extension Sequence<ModerationTask> {
    /// The categories that the tasks cover together.
    public var categories: Set<ContentCategory> { Set(flatMap(\.categories)) }
}
