import Moderation
import Runtime
import Synchronization

/// Wraps a judge and keeps a small picture of the highest probability of a category, for one input.
final class PeakPicture: ImageJudge {
    private let base: any ImageJudge
    private let category: ContentCategory
    private let encoder = BlockingThreads(count: 1, name: "framesift peak")
    private let peak = Mutex<(probability: Double, jpeg: [UInt8])?>(nil)

    init(_ base: any ImageJudge, of category: ContentCategory) {
        self.base = base
        self.category = category
    }

    deinit { encoder.close() }

    /// A JPEG; `nil` until something is judged.
    var jpeg: [UInt8]? { peak.withLock { $0?.jpeg } }

    var identity: JudgeIdentity { base.identity }
    var categories: Set<ContentCategory> { base.categories }
    var concurrency: Int { base.concurrency }
    var longestSide: Int? { base.longestSide }
    var spending: Spending? { base.spending }

    func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement {
        let judgement = try await base.judge(still, for: categories)
        guard let probability = judgement.probabilities[category], isHigher(probability),
            let jpeg = try? await encoder.run({ try still.jpeg(within: ThumbnailKeeper.limits) })
        else { return judgement }
        peak.withLock { peak in
            if peak.map({ $0.probability < probability }) ?? true { peak = (probability, jpeg) }
        }
        return judgement
    }

    private func isHigher(_ probability: Double) -> Bool {
        peak.withLock { $0.map { $0.probability < probability } ?? true }
    }
}
