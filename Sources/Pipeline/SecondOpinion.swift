import Moderation
import Synchronization

/// Two judges: the first sees every picture, the second those that the first is unsure of.
public final class SecondOpinion: ImageJudge {
    private let first: any ImageJudge
    private let second: any ImageJudge
    private let band: ClosedRange<Double>
    private let counts = Mutex((seen: 0, escalated: 0))

    /// - Parameter band: Probabilities (of any harmful category asked for) that send a picture to the second judge.
    public init(_ first: any ImageJudge, _ second: any ImageJudge, band: ClosedRange<Double>) {
        self.first = first
        self.second = second
        self.band = band
    }

    public var identity: JudgeIdentity {
        // The second's word stands where both looked.
        let experimental = (first.identity.experimental ?? [:]).merging(second.identity.experimental ?? [:]) { $1 }
        return JudgeIdentity(
            name: "\(first.identity.name), \(second.identity.name)",
            version:
                "\(first.identity.version); from \(band.lowerBound) to \(band.upperBound): \(second.identity.version)",
            experimental: experimental.isEmpty ? nil : experimental)
    }

    /// What the first judges: the second is asked only for what both know.
    public var categories: Set<Category> { first.categories }
    public var concurrency: Int { max(first.concurrency, second.concurrency) }

    /// Pictures seen, and how many of them went to the second judge.
    public var escalation: (seen: Int, escalated: Int) { counts.withLock { $0 } }

    public var spending: Spending? {
        var spending = second.spending ?? first.spending ?? Spending()
        spending.spared = counts.withLock { $0.seen - $0.escalated }
        return spending
    }

    public var longestSide: Int? {
        guard let one = first.longestSide, let other = second.longestSide else { return nil }
        return max(one, other)
    }

    public func judge(_ still: any Still, for categories: Set<Category>) async throws -> Judgement {
        var judgement = try await first.judge(still, for: categories)
        let unsure = judgement.probabilities.filter { category, probability in
            !category.isInformational && second.categories.contains(category) && band.contains(probability)
        }
        counts.withLock { counts in
            counts.seen += 1
            counts.escalated += unsure.isEmpty ? 0 : 1
        }
        judgement.findings.judgedBy = first.identity.name
        guard !unsure.isEmpty else { return judgement }
        let opinion = try await second.judge(still, for: Set(unsure.keys))
        judgement.probabilities.merge(opinion.probabilities) { $1 }
        judgement.findings.judgedBy = second.identity.name
        return judgement
    }
}
