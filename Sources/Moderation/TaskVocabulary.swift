import Base

/// The names that tasks go by: the unified categories', and those that services have for them.
public struct TaskVocabulary: Hashable, Sendable {
    private let services: [String: [Category]]

    /// The name that stands for everything a judge can judge.
    public static let everything = "all"

    /// The unified categories alone.
    public static let unified = TaskVocabulary(services: [:])

    /// - Parameter services: Name → what it covers, besides the unified categories.
    public init(services: [String: [Category]]) { self.services = services }

    /// Every name once, sorted.
    public var names: [String] { Set(services.keys).union(Category.known.map(\.rawValue)).sorted() }

    /// The task of that name; `nil` when nobody knows it.
    /// - Parameter ownCategories: What a judge has besides the unified categories.
    public func task(named name: String, ownCategories: Set<Category> = []) -> ModerationTask? {
        let category = Category(rawValue: name)
        let isCategory = Category.known.contains(category) || ownCategories.contains(category)
        return (services[name] ?? (isCategory ? [category] : nil)).map { ModerationTask(name: name, categories: $0) }
    }

    /// The tasks somebody asks a judge for, checked before any work: known, and served by the judge.
    /// - Parameters:
    ///   - text: Names separated by commas, or `all`; `nil` asks for the judge's share of `byDefault`.
    ///   - judge: Its name, for messages.
    ///   - available: What it can judge.
    ///   - byDefault: What is asked where nothing is named; what is harmful by default, unless given.
    /// - Throws: `TaskError`.
    public func tasks(
        _ text: String?, judge: String, available: Set<Category>, byDefault: Set<Category> = Category.harmfulByDefault
    ) throws -> [ModerationTask] {
        guard let text, text.trimmed != Self.everything else {
            let asked = text == nil ? available.intersection(byDefault) : available
            if asked.isEmpty { throw TaskError.nothing(judge: judge) }
            return asked.sorted().map { ModerationTask(name: $0.rawValue, categories: [$0]) }
        }
        var found: [ModerationTask] = []
        for name in split(text) where !name.isEmpty {
            guard let task = task(named: name, ownCategories: available) else {
                throw TaskError.unknown(name: name, known: names)
            }
            guard let served = task.served(by: available) else {
                throw TaskError.unserved(name: name, judge: judge, served: names(servedBy: available))
            }
            if !found.contains(where: { $0.name == name }) { found.append(served) }
        }
        if found.isEmpty { throw TaskError.none(known: names) }
        return found
    }

    /// What a list of names asks for, whoever serves it; `nil`: everything. Names nobody knows ask for nothing.
    /// - Parameters: As of `tasks`.
    public func categories(askedBy text: String?, byDefault: Set<Category>) -> Set<Category>? {
        guard let text else { return byDefault }
        if text.trimmed == Self.everything { return nil }
        return Set(split(text).compactMap { task(named: $0) }.flatMap(\.categories))
    }

    /// Every name a judge of these categories serves, sorted.
    public func names(servedBy available: Set<Category>) -> [String] {
        let served = names.filter { task(named: $0)?.served(by: available) != nil }
        return Set(served).union(available.map(\.rawValue)).sorted()
    }

    private func split(_ text: String) -> [String] { text.split(separator: ",").map(\.trimmed) }
}
