import Foundation
import Moderation

/// A policy from the command line, with a name for reports.
public struct NamedPolicy: Sendable {
    /// The argument: a file's name or YAML.
    public let name: String
    /// The policy.
    public let policy: Policy

    /// - Parameters:
    ///   - argument: The name of a file or, if there is no such file, YAML such as `{decision: any, confirm: true}`.
    ///   - vocabulary: The known names of categories.
    /// - Throws: `PolicyFile.Problem`.
    public init(_ argument: String, vocabulary: TaskVocabulary = .unified) throws {
        name = argument
        let isYAML = argument.contains(":") && !FileManager.default.fileExists(atPath: argument)
        policy =
            try isYAML
            ? PolicyFile(yaml: argument, path: "the policy", vocabulary: vocabulary).policy
            : PolicyFile(path: argument, vocabulary: vocabulary).policy
    }

    /// A policy for each kind of rule, without and with second looks.
    public static let examples: [String] = [
        "{decision: any}", "{decision: {at_least: 2}}", "{decision: {ratio: 0.1}}",
        "{decision: {window: {hits: 2, of: 3}}}", "{decision: {window: {hits: 3, of: 5}}}",
        "{threshold: 0.8, close_threshold: 0.4, min_duration: 2}",
    ].flatMap { [$0, $0.dropLast() + ", confirm: true}"] }
}
