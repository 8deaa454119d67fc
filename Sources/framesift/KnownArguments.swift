import ArgumentParser
import Foundation
import KnownContent
import Moderation
import Pipeline

/// Lists of known content that pictures are compared with.
struct KnownArguments: ParsableArguments {
    @Option(
        name: .customLong("known"),
        help: ArgumentHelp(
            """
            A file of PDQ hashes of known content (vPDQ, ThreatExchange's or StopNCII's JSON, CSV, plain hashes), read again \
            when it changes. May be given several times.
            """, valueName: "list"))
    var paths: [String] = []

    static let task = ModerationTask(
        name: Moderation.Category.knownContent.rawValue, categories: [.knownContent])

    func refuseNative() throws {
        if !paths.isEmpty { throw ValidationError("--known needs the pictures: --mode frames.") }
    }

    /// What is left for the judge of what was asked; `nil`: what is harmful by default. Empty: nothing is.
    func others(of task: String?) -> String? {
        guard !paths.isEmpty, let task else { return task }
        let names = task.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
        return names.filter { $0 != Self.task.name }.joined(separator: ",")
    }

    /// The judge with the lists beside it; itself where there are none. Throws `KnownContentError`.
    /// - Parameters:
    ///   - base: `nil` where only known content is looked for.
    ///   - shares: Counts for whole videos; `nil`: nothing is counted.
    ///   - tell: Hears of lines that make no sense.
    func beside(
        _ base: any ImageJudge, policy: Policy, shares: VideoShares? = nil, tell: @escaping @Sendable (String) -> Void
    ) throws -> any ImageJudge {
        paths.isEmpty ? base : try judge(base, policy: policy, shares: shares, tell: tell)
    }

    /// Likewise, where nobody else judges.
    func alone(
        policy: Policy, shares: VideoShares? = nil, tell: @escaping @Sendable (String) -> Void
    ) throws -> any ImageJudge {
        try judge(nil, policy: policy, shares: shares, tell: tell)
    }

    private func judge(
        _ base: (any ImageJudge)?, policy: Policy, shares: VideoShares?, tell: @escaping @Sendable (String) -> Void
    ) throws -> any ImageJudge {
        let lists = try KnownContentLists(paths, tell: tell)
        return KnownContentJudge(
            base, KnownContentMatcher(lists, distance: policy.knownDistance, shares: shares),
            identity: JudgeIdentity(name: ProviderName.onDevice, version: Framesift.version),
            concurrency: ProcessInfo.processInfo.activeProcessorCount)
    }
}

extension JudgeArguments {
    /// The judge and what it is asked for, with lists of known content. Throws what `make` throws, and
    /// `KnownContentError`.
    func make(
        task: String?, concurrency: Int?, known: KnownArguments, policy: Policy, shares: VideoShares? = nil
    ) async throws -> (judge: any ImageJudge, tasks: [ModerationTask]) {
        if known.paths.isEmpty { return try await make(task: task, concurrency: concurrency, policy: policy) }
        let tell: @Sendable (String) -> Void = { printError("framesift: \($0)") }
        let others = known.others(of: task)
        if others?.isEmpty == true, task?.isEmpty == false {
            return (try known.alone(policy: policy, shares: shares, tell: tell), [KnownArguments.task])
        }
        let (judge, tasks) = try await make(task: others, concurrency: concurrency, policy: policy)
        return (
            try known.beside(judge, policy: policy, shares: shares, tell: tell), tasks + [KnownArguments.task]
        )
    }
}
