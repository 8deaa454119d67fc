import Foundation
import Moderation

/// What a request looks for, as services write it: names with commas between them.
enum TaskNames {
    /// Trimmed, without empty ones.
    static func split(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
    }

    /// Each task once, in the order asked. Throws `TaskError.unknown` or, when there is none, `TaskError.none`.
    /// - Parameter find: `nil`: no service knows this name.
    static func tasks(_ names: [String], _ find: (String) -> ModerationTask?) throws -> [ModerationTask] {
        let tasks = try names.reduce(into: [ModerationTask]()) { tasks, name in
            guard let task = find(name) else { throw TaskError.unknown(name: name) }
            if !tasks.contains(where: { $0.name == task.name }) { tasks.append(task) }
        }
        if tasks.isEmpty { throw TaskError.none }
        return tasks
    }
}

extension ModerationTask {
    /// Nudity in the answers that have a class between naked and not; where the judge cannot tell that one, it stays 0.
    public static let nudity = ModerationTask(name: "nudity", categories: [.nudityExplicit, .nuditySuggestive])
}
