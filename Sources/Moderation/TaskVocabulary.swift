import Base

/// The known task names: unified categories, and the names that services use.
public struct TaskVocabulary: Hashable, Sendable {
    private let services: [String: [ContentCategory]]

    /// The task name for all categories of a judge.
    public static let everything = "all"

    /// A vocabulary of only the unified categories.
    public static let unified = TaskVocabulary(services: [:])

    /// - Parameter services: Task names besides the unified categories, with the categories that each covers.
    public init(services: [String: [ContentCategory]]) { self.services = services }

    /// All names, sorted.
    public var names: [String] { Set(services.keys).union(ContentCategory.known.map(\.rawValue)).sorted() }

    /// Returns the task with a name.
    /// - Parameters:
    ///   - name: A task name.
    ///   - ownCategories: Categories of a judge besides the unified ones.
    /// - Returns: `nil` if the name is unknown.
    public func task(named name: String, ownCategories: Set<ContentCategory> = []) -> ModerationTask? {
        let category = ContentCategory(rawValue: name)
        let isCategory = ContentCategory.known.contains(category) || ownCategories.contains(category)
        return (services[name] ?? (isCategory ? [category] : nil)).map { ModerationTask(name: name, categories: $0) }
    }

    /// Parses a list of tasks, and checks that a judge can serve them.
    /// - Parameters:
    ///   - text: Names separated by commas, or `all`. `nil`: those of `byDefault` that the judge has.
    ///   - judge: The judge's name, for messages.
    ///   - available: The categories of the judge.
    ///   - byDefault: The categories requested if `text` is `nil`. Default: those that are harmful by default.
    /// - Throws: `TaskError`
    public func tasks(
        _ text: String?, judge: String, available: Set<ContentCategory>,
        byDefault: Set<ContentCategory> = ContentCategory.harmfulByDefault
    ) throws(TaskError) -> [ModerationTask] {
        guard let text, text.trimmed != Self.everything else {
            let asked = text == nil ? available.intersection(byDefault) : available
            if asked.isEmpty { throw .nothing(judge: judge) }
            return asked.sorted().map { ModerationTask(name: $0.rawValue, categories: [$0]) }
        }
        var found: [ModerationTask] = []
        for name in split(text) where !name.isEmpty {
            guard let task = task(named: name, ownCategories: available) else {
                throw .unknown(name: name, known: names)
            }
            guard let served = task.served(by: available) else {
                throw .unserved(name: name, judge: judge, served: names(servedBy: available))
            }
            if !found.contains(where: { $0.name == name }) { found.append(served) }
        }
        if found.isEmpty { throw .none(known: names) }
        return found
    }

    /// Returns the categories that a list of tasks requests, whether or not a judge has them. Unknown names are ignored.
    /// - Parameters:
    ///   - text: Names separated by commas, or `all`. `nil`: those of `byDefault`.
    ///   - byDefault: The categories requested if `text` is `nil`.
    /// - Returns: `nil` for all categories.
    public func categories(askedBy text: String?, byDefault: Set<ContentCategory>) -> Set<ContentCategory>? {
        guard let text else { return byDefault }
        if text.trimmed == Self.everything { return nil }
        return Set(split(text).compactMap { task(named: $0) }.flatMap(\.categories))
    }

    /// Returns the names of all tasks that a judge with these categories can serve, sorted.
    public func names(servedBy available: Set<ContentCategory>) -> [String] {
        let served = names.filter { task(named: $0)?.served(by: available) != nil }
        return Set(served).union(available.map(\.rawValue)).sorted()
    }

    private func split(_ text: String) -> [String] { text.split(separator: ",").map(\.trimmed) }
}
