import ArgumentParser
import Foundation
import KnownContent
import Moderation
import Pipeline

/// Lists of known content to compare pictures with.
struct KnownArguments: ParsableArguments {
    @Option(
        name: .customLong("known"),
        help: ArgumentHelp(
            """
            A file of PDQ hashes of known content: vPDQ, JSON of ThreatExchange or StopNCII, CSV, or plain hashes. \
            Reloaded when it changes. Can be repeated.
            """, valueName: "list"))
    var paths: [String] = []

    static let task = ModerationTask(
        name: ContentCategory.knownContent.rawValue, categories: [.knownContent])

    func refuseNative() throws {
        if !paths.isEmpty { throw ValidationError("--known needs --mode frames.") }
    }

    /// The tasks without known content, for the judge; `nil` for the default ones.
    func others(of task: String?) -> String? {
        guard !paths.isEmpty, let task else { return task }
        let names = task.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return names.filter { $0 != Self.task.name }.joined(separator: ",")
    }

    /// The judge with the lists added; unchanged if there are no lists.
    /// - Parameters:
    ///   - base: `nil` if only known content is looked for.
    ///   - tell: Called for lines that cannot be read.
    /// - Throws: `KnownContentError`.
    func beside(
        _ base: (any ImageJudge)?, policy: Policy, tell: @escaping @Sendable (String) -> Void
    ) throws -> any ImageJudge {
        if let base, paths.isEmpty { return base }
        let lists = try KnownContentLists(paths, tell: tell)
        return KnownContentJudge(
            base, KnownContentMatcher(lists, distance: policy.knownDistance),
            identity: JudgeIdentity(name: ProviderName.onDevice, version: Framesift.version),
            concurrency: ProcessInfo.processInfo.activeProcessorCount)
    }
}

extension JudgeArguments {
    /// Creates the judge with lists of known content, and the tasks to ask it for.
    /// - Throws: `KnownContentError`, or what `make` without lists throws.
    func make(
        task: String?, concurrency: Int?, known: KnownArguments, policy: Policy
    ) async throws -> TaskedJudge {
        if known.paths.isEmpty { return try await make(task: task, concurrency: concurrency, policy: policy) }
        let tell: @Sendable (String) -> Void = { printError("framesift: \($0)") }
        let others = known.others(of: task)
        if others?.isEmpty == true, task?.isEmpty == false {
            return (try known.beside(nil, policy: policy, tell: tell), [KnownArguments.task])
        }
        let (judge, tasks) = try await make(task: others, concurrency: concurrency, policy: policy)
        return (
            try known.beside(judge, policy: policy, tell: tell), tasks + [KnownArguments.task]
        )
    }
}
