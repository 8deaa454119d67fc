/// One thing asked of a judge, under the name it was asked by.
///
/// People ask in the words of the service they know (`porn_moderation`, `nudity`, `qr-content`) or with a unified
/// category; every report answers in the words of the question.
public struct ModerationTask: Hashable, Sendable {
    /// As typed.
    public let name: String
    /// What it covers; at least one.
    public let categories: [Category]

    public init(name: String, categories: [Category]) {
        self.name = name
        self.categories = categories
    }

    /// The task as a judge of these categories answers it; `nil` when it cannot. What only comes with something else may
    /// be missing (`Category.accessory`): the answer then says nothing of it.
    public func served(by available: Set<Category>) -> ModerationTask? {
        let asked = Set(spelled(for: available)), main = asked.subtracting(Category.accessory)
        guard available.isSuperset(of: main.isEmpty ? asked : main) else { return nil }
        return partlyServed(by: available)
    }

    /// What a judge of these categories can answer of the task, and be it half of a category; `nil` when that is nothing.
    public func partlyServed(by available: Set<Category>) -> ModerationTask? {
        let told = spelled(for: available).filter(available.contains)
        return told.isEmpty ? nil : ModerationTask(name: name, categories: told)
    }

    /// The categories, with the halves of those that the judge does not tell as one.
    private func spelled(for available: Set<Category>) -> [Category] {
        categories.flatMap { available.contains($0) ? [$0] : Category.halves[$0] ?? [$0] }
    }
}

/// Task names nobody knows, or that a judge does not serve.
public enum TaskError: Error, Equatable, CustomStringConvertible {
    case unknown(name: String, known: [String])
    case unserved(name: String, judge: String, served: [String])
    case none(known: [String])
    /// The judge has nothing to judge with.
    case nothing(judge: String)
    /// Another one, and a sentence that says what helps.
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
