import Base

/// The tasks somebody asks a judge for, checked before any work: known, and served by the judge.
public struct TaskList: Hashable, Sendable {
    public let tasks: [ModerationTask]

    /// The name that stands for everything a judge can judge.
    public static let everything = "all"

    /// - Parameters:
    ///   - text: Names separated by commas, or `all`; `nil` asks for the judge's share of `byDefault`.
    ///   - judge: Its name, for messages.
    ///   - available: What it can judge.
    ///   - byDefault: What is asked where nothing is named; what is harmful by default, unless given.
    /// - Throws: `TaskError`.
    public init(
        _ text: String?, judge: String, available: Set<Category>, byDefault: Set<Category> = Category.harmfulByDefault
    ) throws {
        guard let text, text.trimmed != Self.everything else {
            let asked = text == nil ? available.intersection(byDefault) : available
            tasks = asked.sorted().map { ModerationTask(name: $0.rawValue, categories: [$0]) }
            if tasks.isEmpty { throw TaskError.nothing(judge: judge) }
            return
        }
        var found: [ModerationTask] = []
        for name in text.split(separator: ",").map({ String($0).trimmed }) where !name.isEmpty {
            guard let task = ModerationTask(named: name, ownCategories: available) else {
                throw TaskError.unknown(name: name)
            }
            guard let served = task.served(by: available) else {
                throw TaskError.unserved(name: name, judge: judge, served: Self.names(servedBy: available))
            }
            if !found.contains(where: { $0.name == name }) { found.append(served) }
        }
        if found.isEmpty { throw TaskError.none }
        tasks = found
    }

    /// What a list of names asks for, whoever serves it; `nil`: everything. Names nobody knows ask for nothing.
    /// - Parameters: As of `init`.
    public static func categories(askedBy text: String?, byDefault: Set<Category>) -> Set<Category>? {
        guard let text else { return byDefault }
        if text.trimmed == everything { return nil }
        let tasks = text.split(separator: ",").compactMap { ModerationTask(named: String($0).trimmed) }
        return Set(tasks.flatMap(\.categories))
    }

    /// Every task name a judge of these categories serves, sorted.
    public static func names(servedBy available: Set<Category>) -> [String] {
        let known = ModerationTask.knownNames.filter { name in
            ModerationTask(named: name)?.served(by: available) != nil
        }
        return Set(known).union(available.map(\.rawValue)).sorted()
    }
}
