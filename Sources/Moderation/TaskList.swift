/// The tasks somebody asks a judge for, checked before any work: known, and served by the judge.
public struct TaskList: Hashable, Sendable {
    public let tasks: [ModerationTask]

    /// - Parameters:
    ///   - text: Names separated by commas; `nil` asks for the judge's share of what is harmful by default.
    ///   - judge: Its name, for messages.
    ///   - available: What it can judge.
    public init(_ text: String?, judge: String, available: Set<Category>) throws {
        guard let text else {
            tasks = available.intersection(Category.harmfulByDefault).sorted().map {
                ModerationTask(name: $0.rawValue, categories: [$0])
            }
            if tasks.isEmpty { throw TaskError.nothing(judge: judge) }
            return
        }
        var found: [ModerationTask] = []
        for name in text.split(separator: ",").map({ String($0).trimmed }) where !name.isEmpty {
            guard let task = ModerationTask(named: name, ownCategories: available) else {
                throw TaskError.unknown(name: name)
            }
            guard available.isSuperset(of: task.categories) else {
                throw TaskError.unserved(name: name, judge: judge, served: Self.names(servedBy: available))
            }
            if !found.contains(where: { $0.name == name }) { found.append(task) }
        }
        if found.isEmpty { throw TaskError.none }
        tasks = found
    }

    /// Every task name a judge of these categories serves, sorted.
    public static func names(servedBy available: Set<Category>) -> [String] {
        let known = ModerationTask.knownNames.filter { name in
            ModerationTask(named: name).map { available.isSuperset(of: $0.categories) } ?? false
        }
        return Set(known).union(available.map(\.rawValue)).sorted()
    }
}

extension String {
    fileprivate var trimmed: String {
        var text = Substring(self)
        while text.first?.isWhitespace == true { text.removeFirst() }
        while text.last?.isWhitespace == true { text.removeLast() }
        return String(text)
    }
}
