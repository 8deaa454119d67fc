import KnownContent
import Moderation
import Runtime

/// Adds lists of known content to any judge.
public final class KnownContentJudge: ImageJudge {
    private let base: (any ImageJudge)?
    private let matcher: KnownContentMatcher
    private let threads: BlockingThreads
    /// Whose threads these are; `nil` if they are its own.
    private let owner: KnownContentJudge?
    /// That of the base judge, if there is one.
    public let identity: JudgeIdentity
    /// Stills judged at once.
    public let concurrency: Int

    /// - Parameters:
    ///   - base: Judges all other categories; `nil` if only known content is judged.
    ///   - matcher: Compares pictures with the lists.
    ///   - identity: Used if there is no `base`.
    ///   - concurrency: How many stills to compare at once. Used if there is no `base`.
    public init(
        _ base: (any ImageJudge)?, _ matcher: KnownContentMatcher, identity: JudgeIdentity, concurrency: Int
    ) {
        self.base = base
        self.matcher = matcher
        self.identity = base?.identity ?? identity
        self.concurrency = max(1, base?.concurrency ?? concurrency)
        threads = BlockingThreads(count: self.concurrency, name: "framesift known")
        owner = nil
    }

    private init(_ owner: KnownContentJudge, counting shares: VideoShares) {
        (base, identity, concurrency, threads) = (owner.base, owner.identity, owner.concurrency, owner.threads)
        matcher = owner.matcher.counting(shares)
        self.owner = owner
    }

    deinit { if owner == nil { threads.close() } }

    /// A judge that judges like this one, on its threads, and counts the matches of one video.
    public func counting(_ shares: VideoShares) -> KnownContentJudge { KnownContentJudge(self, counting: shares) }

    /// Known content, and what the base judge judges.
    public var categories: Set<ContentCategory> { (base?.categories ?? []).union([.knownContent]) }
    /// That of the base judge.
    public var spending: Spending? { base?.spending }
    /// That of the base judge.
    public var timeByPart: [String: Double]? { base?.timeByPart }

    /// Judges a still. If it is known, errors of the base judge other than `JudgeStop` are ignored.
    /// - Throws: `KnownContentError.tooSmall` if only known content is asked for and the picture is too small; what the
    ///   base judge throws.
    public func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        let others = categories.subtracting([.knownContent])
        guard categories.contains(.knownContent) else { return try await ask(still, for: others) }
        let finding = try await threads.run { [matcher] in try matcher.match(still) }
        guard let finding else {
            // It cannot be compared, but can still be judged for other categories.
            if others.isEmpty { throw KnownContentError.tooSmall }
            return try await ask(still, for: others)
        }
        var judgement = Judgement(probabilities: [:])
        do {
            judgement = try await ask(still, for: others)
        } catch {
            // A match stands, even if the rest could not be judged.
            guard finding.match != nil, !(error is JudgeStop), !(error is CancellationError) else { throw error }
        }
        judgement.probabilities[.knownContent] = finding.match == nil ? 0 : 1
        judgement.findings.known = finding.isTelling ? finding : nil
        return judgement
    }

    private func ask(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        guard let base, !categories.isEmpty else { return Judgement(probabilities: [:]) }
        return try await base.judge(still, for: categories)
    }
}

extension KnownFinding {
    /// Whether it matches, or explains why it could not.
    fileprivate var isTelling: Bool { match != nil || quality < KnownContentMatcher.leastQuality }
}
