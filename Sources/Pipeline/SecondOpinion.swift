import Moderation
import Synchronization

/// Combines two judges: the first judges every picture, the second those that the first is unsure of.
public final class SecondOpinion: ImageJudge {
    private let first: any ImageJudge
    private let second: any ImageJudge
    private let band: ClosedRange<Double>
    private let counts = Mutex((seen: 0, escalated: 0))

    /// - Parameters:
    ///   - first: Judges every picture.
    ///   - second: Judges uncertain pictures.
    ///   - band: If the first judge's probability of a harmful category is in this range, the second judge is asked.
    public init(_ first: any ImageJudge, _ second: any ImageJudge, band: ClosedRange<Double>) {
        self.first = first
        self.second = second
        self.band = band
    }

    /// Combines those of both judges.
    public var identity: JudgeIdentity {
        // If both judged a category, the second judge's probability counts.
        let experimental = (first.identity.experimental ?? [:]).merging(second.identity.experimental ?? [:]) { $1 }
        return JudgeIdentity(
            name: "\(first.identity.name), \(second.identity.name)",
            version:
                "\(first.identity.version); from \(band.lowerBound) to \(band.upperBound): \(second.identity.version)",
            experimental: experimental.isEmpty ? nil : experimental)
    }

    /// The categories of the first judge. The second is asked only for categories that both judge.
    public var categories: Set<ContentCategory> { first.categories }
    /// The higher of both.
    public var concurrency: Int { max(first.concurrency, second.concurrency) }

    /// The second judge's, with the number of pictures it was not asked about.
    public var spending: Spending? {
        var spending = second.spending ?? first.spending ?? Spending()
        spending.spared = counts.withLock { $0.seen - $0.escalated }
        return spending
    }

    /// The larger of both, in pixels.
    public var longestSide: Int? {
        guard let one = first.longestSide, let other = second.longestSide else { return nil }
        return max(one, other)
    }

    /// Judges a still with the first judge and, if that is unsure, with the second.
    /// - Throws: What the judges throw.
    public func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        var judgement = try await first.judge(still, for: categories)
        let unsure = judgement.probabilities.filter { category, probability in
            !category.isInformational && second.categories.contains(category) && band.contains(probability)
        }
        counts.withLock { counts in
            counts.seen += 1
            counts.escalated += unsure.isEmpty ? 0 : 1
        }
        RunCost.current?.spend { $0.spared = ($0.spared ?? 0) + (unsure.isEmpty ? 1 : 0) }
        judgement.findings.judgedBy = first.identity.name
        guard !unsure.isEmpty else { return judgement }
        let opinion = try await second.judge(still, for: Set(unsure.keys))
        judgement.probabilities.merge(opinion.probabilities) { $1 }
        judgement.findings.judgedBy = second.identity.name
        return judgement
    }
}
