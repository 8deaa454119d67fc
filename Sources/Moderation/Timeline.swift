/// One sampled position of a video and what was decided there.
public struct TimelineSample: Hashable, Sendable {
    /// 0, 1, 2 … in order of position.
    public let index: Int
    /// ms since the first picture.
    public let position: Int
    /// The picture's own timestamp; `nil` when there was no picture.
    public let time: MediaTime?
    public let judgement: Judgement?
    public let verdict: Verdict
    /// The same picture as at the position before: judged once, counted at both.
    public let reused: Bool
    /// Why there is no judgement.
    public let failure: String?

    public init(
        index: Int, position: Int, time: MediaTime?, judgement: Judgement?, verdict: Verdict, reused: Bool,
        failure: String?
    ) {
        self.index = index
        self.position = position
        self.time = time
        self.judgement = judgement
        self.verdict = verdict
        self.reused = reused
        self.failure = failure
    }
}

/// A run of KO samples of one category.
public struct Segment: Hashable, Sendable {
    public let category: Category
    /// Position of the first sample, ms.
    public let start: Int
    /// Position of the first sample after it, or the end of the video, ms.
    public let end: Int
    public let peakPosition: Int
    public let peakProbability: Double
    /// KO samples in it.
    public let count: Int
}

/// How a category did over a whole video.
public struct CategorySummary: Hashable, Sendable {
    public let max: Double
    public let mean: Double
    /// ms.
    public let positionOfMax: Int

    public init(max: Double, mean: Double, positionOfMax: Int) {
        self.max = max
        self.mean = mean
        self.positionOfMax = positionOfMax
    }
}

/// All samples of a video in order, and what follows from them.
public struct Timeline: Hashable, Sendable {
    public let samples: [TimelineSample]
    /// Where the last picture ends, ms.
    public let end: Int
    public let asked: Set<Category>
    public let policy: Policy
    /// All of the input was seen. What was not seen may be anything, so an incomplete timeline is never OK.
    public let isComplete: Bool

    /// - Parameters:
    ///   - samples: In any order; sorted by index here.
    ///   - end: Where the last picture ends, ms; at least the last position.
    ///   - isComplete: See the property.
    public init(
        samples: [TimelineSample], end: Int, asked: Set<Category>, policy: Policy, isComplete: Bool = true
    ) {
        self.samples = samples.sorted { $0.index < $1.index }
        self.end = Swift.max(end, self.samples.last?.position ?? 0)
        self.asked = asked
        self.policy = policy
        self.isComplete = isComplete
    }

    public var tally: Tally { Tally(samples.lazy.map(\.verdict.decision)) }

    public var decision: Decision {
        let decision = policy.decide(samples.map(\.verdict.decision))
        return decision == .ok && !isComplete ? .undetermined : decision
    }

    /// OK: the mean over its pictures. KO: the highest over KO pictures. `nil` when undetermined.
    public var confidence: Double? {
        switch decision {
        case .ok:
            let confidences = samples.compactMap(\.verdict.confidence)
            return confidences.isEmpty ? nil : confidences.reduce(0, +) / Double(confidences.count)
        case .ko: return samples.filter { $0.verdict.decision == .ko }.compactMap(\.verdict.confidence).max()
        case .undetermined: return nil
        }
    }

    /// Categories that made some sample KO, sorted.
    public var rejected: [Category] {
        samples.reduce(into: Set()) { $0.formUnion($1.verdict.rejected) }.sorted()
    }

    /// Segments of every category, by start and then category.
    public var segments: [Segment] {
        rejected.flatMap(segments(of:)).sorted { ($0.start, $0.category) < ($1.start, $1.category) }
    }

    private func segments(of category: Category) -> [Segment] {
        var found: [Segment] = []
        var open: [TimelineSample] = []
        var openEnd = 0
        func close() {
            guard let first = open.first else { return }
            // The first of equals.
            let peak = open.reduce(first) { probability($1) > probability($0) ? $1 : $0 }
            found.append(
                Segment(
                    category: category, start: first.position, end: openEnd, peakPosition: peak.position,
                    peakProbability: probability(peak), count: open.count))
            open = []
        }
        func probability(_ sample: TimelineSample) -> Double { sample.judgement?.probabilities[category] ?? 0 }
        for (index, sample) in samples.enumerated() where sample.verdict.rejected.contains(category) {
            if !open.isEmpty, sample.position - openEnd > policy.gap { close() }
            open.append(sample)
            openEnd = index + 1 < samples.count ? samples[index + 1].position : end
        }
        close()
        return found
    }

    /// Highest and mean probability of each judged category.
    public var categories: [Category: CategorySummary] {
        var summaries: [Category: CategorySummary] = [:]
        for category in asked {
            let judged = samples.compactMap { sample in
                sample.judgement?.probabilities[category].map { (sample.position, $0) }
            }
            // The first of equals, so that the position does not depend on how the maximum is searched.
            guard var top = judged.first else { continue }
            for candidate in judged where candidate.1 > top.1 { top = candidate }
            let mean = judged.reduce(0) { $0 + $1.1 } / Double(judged.count)
            summaries[category] = CategorySummary(max: top.1, mean: mean, positionOfMax: top.0)
        }
        return summaries
    }
}
