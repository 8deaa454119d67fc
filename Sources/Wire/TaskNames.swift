import Foundation
import Moderation

/// Parses the tasks of a request: names separated by commas.
enum TaskNames {
    static func split(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// Returns each task once, in the order of `names`.
    /// - Parameter table: The service's tasks with their categories.
    /// - Throws: `TaskError.unknown`, or `TaskError.none` if there are no names.
    static func tasks(
        _ names: [String], of table: [String: [ContentCategory]]
    ) throws(TaskError) -> [ModerationTask] {
        var tasks: [ModerationTask] = []
        for name in names where !tasks.contains(where: { $0.name == name }) {
            guard let categories = table[name] else { throw .unknown(name: name, known: table.keys.sorted()) }
            tasks.append(ModerationTask(name: name, categories: categories))
        }
        if tasks.isEmpty { throw .none(known: table.keys.sorted()) }
        return tasks
    }
}

extension TaskVocabulary {
    /// The unified categories, and the task names of PicPurify and Sightengine.
    public static let ofServices = TaskVocabulary(
        services: PicPurifyTask.categories.merging(SightengineModel.decided) { first, _ in first })
}

extension ModerationTask {
    /// Nudity for services that also have a class for suggestive pictures. If the judge has no such category, that class
    /// stays 0.
    public static let nudity = ModerationTask(name: "nudity", categories: [.nudityExplicit, .nuditySuggestive])
}
