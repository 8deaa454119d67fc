import KnownContent
import Moderation
import Runtime

/// Any judge, and lists of known content beside it.
public final class KnownContentJudge: ImageJudge {
    private let base: (any ImageJudge)?
    private let matcher: KnownContentMatcher
    private let threads: BlockingThreads
    public let identity: JudgeIdentity
    public let concurrency: Int

    /// - Parameters:
    ///   - base: Judges what the lists say nothing about; `nil`: nobody does.
    ///   - identity: Where there is no `base`.
    ///   - concurrency: Stills compared side by side, where there is no `base`.
    public init(
        _ base: (any ImageJudge)?, _ matcher: KnownContentMatcher, identity: JudgeIdentity, concurrency: Int
    ) {
        self.base = base
        self.matcher = matcher
        self.identity = base?.identity ?? identity
        self.concurrency = max(1, base?.concurrency ?? concurrency)
        threads = BlockingThreads(count: self.concurrency, name: "framesift known")
    }

    deinit { threads.close() }

    public var categories: Set<Category> { (base?.categories ?? []).union([.knownContent]) }
    public var spending: Spending? { base?.spending }
    public var timeByPart: [String: Double]? { base?.timeByPart }

    public func judge(_ still: any Still, for categories: Set<Category>) async throws -> Judgement {
        let others = categories.subtracting([.knownContent])
        guard categories.contains(.knownContent) else { return try await ask(still, for: others) }
        let finding = try await threads.run { [matcher] in try matcher.look(at: still) }
        guard let finding else {
            // Nobody can say whether it is known; what else was asked is still told.
            if others.isEmpty { throw KnownContentError.tooSmall }
            return try await ask(still, for: others)
        }
        var judgement = Judgement(probabilities: [:])
        do {
            judgement = try await ask(still, for: others)
        } catch {
            // What is known is known, whatever becomes of the rest.
            guard finding.match != nil, !(error is JudgeStop), !(error is CancellationError) else { throw error }
        }
        judgement.probabilities[.knownContent] = finding.match == nil ? 0 : 1
        judgement.findings.known = finding.isTelling ? finding : nil
        return judgement
    }

    private func ask(_ still: any Still, for categories: Set<Category>) async throws -> Judgement {
        guard let base, !categories.isEmpty else { return Judgement(probabilities: [:]) }
        return try await base.judge(still, for: categories)
    }
}

extension KnownFinding {
    /// It matches, or says why it could not.
    fileprivate var isTelling: Bool { match != nil || quality < KnownContentMatcher.leastQuality }
}
