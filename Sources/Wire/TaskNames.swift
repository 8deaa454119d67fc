import Foundation
import Moderation

/// What a request looks for, as services write it: names with commas between them.
enum TaskNames {
    /// Trimmed, without empty ones.
    static func split(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// Each task once, in the order asked. Throws `TaskError.unknown` or, when there is none, `TaskError.none`.
    /// - Parameter table: The service's names, and what they cover.
    static func tasks(
        _ names: [String], of table: [String: [Moderation.Category]]
    ) throws -> [ModerationTask] {
        let tasks = try names.reduce(into: [ModerationTask]()) { tasks, name in
            guard let categories = table[name] else { throw TaskError.unknown(name: name, known: table.keys.sorted()) }
            if !tasks.contains(where: { $0.name == name }) {
                tasks.append(ModerationTask(name: name, categories: categories))
            }
        }
        if tasks.isEmpty { throw TaskError.none(known: table.keys.sorted()) }
        return tasks
    }
}

extension TaskVocabulary {
    /// The unified categories, and the names of the services that people bring along.
    public static let ofServices = TaskVocabulary(
        services: PicPurifyTask.categories.merging(SightengineModel.decided) { first, _ in first })
}

extension ModerationTask {
    /// Nudity in the answers that have a class between naked and not; where the judge cannot tell that one, it stays 0.
    public static let nudity = ModerationTask(name: "nudity", categories: [.nudityExplicit, .nuditySuggestive])
}
