import Foundation
import Moderation

/// A policy and what to call it: a file's name, or the YAML itself.
public struct NamedPolicy: Sendable {
    public let name: String
    public let policy: Policy

    /// - Parameters:
    ///   - argument: A file; or, where there is none of that name, YAML such as
    ///     `{decision: {at_least: 2}, confirm: true}`.
    ///   - vocabulary: The names that categories may go by.
    /// - Throws: `PolicyFile.Problem`.
    public init(_ argument: String, vocabulary: TaskVocabulary = .unified) throws {
        name = argument
        let isYAML = argument.contains(":") && !FileManager.default.fileExists(atPath: argument)
        policy =
            try isYAML
            ? PolicyFile(yaml: argument, path: "the policy", vocabulary: vocabulary).policy
            : PolicyFile(path: argument, vocabulary: vocabulary).policy
    }

    /// One of each kind, without a second look and with one.
    public static let examples: [String] = [
        "{decision: any}", "{decision: {at_least: 2}}", "{decision: {ratio: 0.1}}",
        "{decision: {window: {hits: 2, of: 3}}}", "{decision: {window: {hits: 3, of: 5}}}",
        "{threshold: 0.8, close_threshold: 0.4, min_duration: 2}",
    ].flatMap { [$0, $0.dropLast() + ", confirm: true}"] }
}
