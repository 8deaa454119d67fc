/// Something to look for, under the name by which it was requested.
///
/// Users request tasks by the name that a service uses (`porn_moderation`, `nudity`, `qr-content`) or by a unified
/// category. Reports use the same name.
public struct ModerationTask: Hashable, Sendable {
    /// As typed.
    public let name: String
    /// The categories that it covers; at least one.
    public let categories: [ContentCategory]

    /// See the properties of the same names.
    public init(name: String, categories: [ContentCategory]) { (self.name, self.categories) = (name, categories) }

    /// Returns the task with the categories that a judge can serve. Accessory categories (`ContentCategory.accessory`) may be
    /// missing.
    /// - Parameter available: The categories of the judge.
    /// - Returns: `nil` if the judge cannot serve the task.
    public func served(by available: Set<ContentCategory>) -> ModerationTask? {
        let asked = Set(spelled(for: available)), main = asked.subtracting(ContentCategory.accessory)
        guard available.isSuperset(of: main.isEmpty ? asked : main) else { return nil }
        return partlyServed(by: available)
    }

    /// Returns the task with any categories or halves of categories that a judge can serve.
    /// - Parameter available: The categories of the judge.
    /// - Returns: `nil` if there are none.
    public func partlyServed(by available: Set<ContentCategory>) -> ModerationTask? {
        let told = spelled(for: available).filter(available.contains)
        return told.isEmpty ? nil : ModerationTask(name: name, categories: told)
    }

    /// The categories, split into halves where the judge does not have the whole.
    private func spelled(for available: Set<ContentCategory>) -> [ContentCategory] {
        categories.flatMap { available.contains($0) ? [$0] : ContentCategory.halves[$0] ?? [$0] }
    }
}

/// Why tasks cannot be served.
public enum TaskError: Error, Equatable, CustomStringConvertible {
    /// No task has this name.
    case unknown(name: String, known: [String])
    /// The judge cannot serve the task.
    case unserved(name: String, judge: String, served: [String])
    /// No task was named.
    case none(known: [String])
    /// The judge has no models.
    case nothing(judge: String)
    /// Another error, with a sentence on how to resolve it.
    indirect case helped(TaskError, by: String)

    public var description: String {
        switch self {
        case .unknown(let name, let known):
            "There is no task “\(name)”. Known tasks: \(known.joined(separator: ", "))."
        case .unserved(let name, let judge, let served):
            "\(judge) cannot judge “\(name)”. It serves: \(served.joined(separator: ", "))."
        case .nothing(let judge):
            "\(judge) has no model to judge with; run scripts/setup."
        case .helped(let error, let help):
            "\(error) \(help)"
        case .none(let known):
            "No task was named. Known tasks: \(known.joined(separator: ", "))."
        }
    }
}
