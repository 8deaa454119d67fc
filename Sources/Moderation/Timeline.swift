/// A sampled position of a video, with its judgement and verdict.
public struct TimelineSample: Hashable, Sendable {
    /// 0, 1, 2 … in order of position.
    public fileprivate(set) var index: Int
    /// In ms since the first picture.
    public let position: Int
    /// The picture's own timestamp; `nil` if there was no picture.
    public let time: MediaTime?
    /// `nil` if the picture could not be judged.
    public let judgement: Judgement?
    /// The decision on the sample; undetermined until a rule engine sets it.
    public internal(set) var verdict: Verdict
    /// The outcome for each hit. Empty if the policy considers each picture by itself.
    public internal(set) var standings: [ContentCategory: Standing] = [:]
    /// Whether the picture is the same as at the previous position. It is judged once, and counts at both.
    public let reused: Bool
    /// Why there is no judgement.
    public let failure: String?
    /// The index of the video stream among all streams of the input; `nil` if unknown.
    public let stream: Int?

    /// See the properties of the same names.
    public init(
        index: Int, position: Int, time: MediaTime?, judgement: Judgement?, verdict: Verdict = .undetermined,
        reused: Bool, failure: String?, stream: Int? = nil
    ) {
        (self.index, self.position, self.time, self.stream) = (index, position, time, stream)
        (self.judgement, self.verdict, self.reused, self.failure) = (judgement, verdict, reused, failure)
    }
}

/// A stretch of a video that shows a category: consecutive hits, or hits not farther apart than the policy's `gap`.
public struct Segment: Codable, Hashable, Sendable {
    /// The sample with the highest probability.
    public struct Peak: Codable, Hashable, Sendable {
        /// In ms.
        public var position: Int
        /// 0…1.
        public var probability: Double
    }

    /// The category of the hits.
    public var category: ContentCategory
    /// The position of the first hit in ms, refined by second looks.
    public var start: Int
    /// The position of the first sample after it, or the end of the video, in ms. Refined by second looks.
    public var end: Int
    /// The sample with the highest probability.
    public var peak: Peak
    /// The number of hits.
    public var count: Int
    /// The index of the video stream among all streams of the input; `nil` if unknown.
    public internal(set) var stream: Int?
    /// The outcome for its hits; `nil` if the policy has no second looks and no minimum duration.
    public var standing: Standing?

    private enum CodingKeys: String, CodingKey {
        case category, start, end, peak, stream
        case count = "nbImages", standing = "confirmation"
    }
}

/// The probabilities of a category over a whole video.
public struct CategorySummary: Codable, Hashable, Sendable {
    /// The highest and the mean probability, 0…1.
    public var max, mean: Double
    /// The first position with the highest probability, in ms.
    public var positionOfMax: Int
}

/// All samples of a video, with their segments and the decision.
public struct Timeline: Hashable, Sendable {
    /// In order of position. Their verdicts take the whole timeline into account: hits that do not count are OK.
    public private(set) var samples: [TimelineSample]
    /// The pictures of second looks, in order of position.
    public let dense: [DenseSample]
    /// The end of the last picture, in ms.
    public let end: Int
    /// The categories that were requested.
    public let asked: Set<ContentCategory>
    /// The policy that was applied.
    public let policy: Policy
    /// Whether all of the input was seen. An incomplete timeline is never OK.
    public var isComplete: Bool
    /// The segments that count, by start and then category.
    public let segments: [Segment]
    /// The segments that do not count (refuted, or too short), by start and then category.
    public let dismissed: [Segment]
    /// Useful second looks: first those for hits, then those for doubtful samples, each by position.
    private let wanted: [SecondLook]
    /// The timelines of the video streams, if several were judged; otherwise empty.
    public let streams: [Timeline]
    /// The decisions on the samples.
    public let tally: Tally
    /// Statistics of each judged category.
    public let categories: [ContentCategory: CategorySummary]
    /// The decision on the part that was seen.
    private let reached: Decision

    /// Applies a policy to samples.
    /// - Parameters:
    ///   - samples: In any order. Their verdicts are ignored.
    ///   - dense: The pictures of second looks, in any order.
    ///   - end: The end of the last picture, in ms.
    ///   - asked: The categories that were requested.
    ///   - policy: The policy to apply.
    ///   - isComplete: Whether all of the input was seen. Default true.
    public init(
        samples: [TimelineSample], dense: [DenseSample] = [], end: Int, asked: Set<ContentCategory>, policy: Policy,
        isComplete: Bool = true
    ) {
        let samples = samples.sorted { $0.index < $1.index }
        self.dense = dense.sorted { $0.position < $1.position }
        self.end = Swift.max(end, samples.last?.position ?? 0)
        (self.asked, self.policy, self.isComplete) = (asked, policy, isComplete)
        streams = []
        let runs = Self.runs(samples, self.dense, end: self.end, asked: asked, policy: policy)
        wanted = SecondLook.wanted(by: runs)
        var rules = RuleEngine(asked: asked, policy: policy, isSeenBefore: true)
        let ruled = rules.run(samples, runs, end: self.end)
        self.samples = ruled.samples
        segments = Self.inOrder(ruled.segments, of: samples.first?.stream)
        dismissed = Self.inOrder(ruled.dismissed, of: samples.first?.stream)
        (tally, categories, reached) = (rules.tally, rules.categories, rules.decision(isComplete: true))
    }

    /// Joins the timelines of several video streams of an input, with the same categories and policy. The decision is KO if
    /// any stream is KO, and OK if all are OK. Samples are ordered by position and renumbered.
    /// - Parameter streams: At least one timeline.
    public init(joining streams: [Timeline], asked: Set<ContentCategory>, policy: Policy) {
        if streams.count == 1 {
            self = streams[0]
            return
        }
        let sorted = streams.flatMap(\.samples).sorted {
            ($0.position, $0.stream ?? 0, $0.index) < ($1.position, $1.stream ?? 0, $1.index)
        }
        samples = sorted.enumerated().map { index, sample in
            var sample = sample
            sample.index = index
            return sample
        }
        dense = streams.flatMap(\.dense).sorted { $0.position < $1.position }
        end = streams.map(\.end).max() ?? 0
        (self.asked, self.policy) = (asked, policy)
        isComplete = streams.allSatisfy(\.isComplete)
        segments = Self.inOrder(streams.flatMap(\.segments))
        dismissed = Self.inOrder(streams.flatMap(\.dismissed))
        wanted = []
        self.streams = streams
        tally = streams.reduce(into: Tally()) { $0.add($1.tally) }
        categories = sorted.reduce(into: CategorySums()) { $0.add($1, asked) }.summaries
        let decisions = streams.map(\.decision)
        reached = decisions.contains(.ko) ? .ko : decisions.allSatisfy { $0 == .ok } ? .ok : .undetermined
    }

    private static func inOrder(_ segments: [Segment], of stream: Int? = nil) -> [Segment] {
        segments.map { segment in
            var segment = segment
            segment.stream = segment.stream ?? stream
            return segment
        }.sorted { ($0.start, $0.category, $0.stream ?? 0) < ($1.start, $1.category, $1.stream ?? 0) }
    }

    /// Returns the timeline with additional pictures of second looks.
    public func seeing(_ more: [DenseSample]) -> Timeline {
        Timeline(
            samples: samples, dense: dense + more, end: end, asked: asked, policy: policy, isComplete: isComplete)
    }

    /// Returns the second looks that are useful, the most useful first.
    /// - Parameter taken: The `gap`s of looks that were already taken.
    /// - Returns: Empty if the policy has no second looks.
    public func secondLooks(besides taken: Set<Int>) -> [SecondLook] {
        policy.confirm == nil ? [] : wanted.filter { !taken.contains($0.gap) }
    }

    /// The runs of each harmful category; empty if the policy has no second looks.
    private static func runs(
        _ samples: [TimelineSample], _ dense: [DenseSample], end: Int, asked: Set<ContentCategory>, policy: Policy
    ) -> [HitRuns] {
        guard let confirm = policy.confirm else { return [] }
        let positions = samples.map(\.position) + [end]
        var gaps: [Int: [DenseSample]] = [:]
        var gap = -1
        for picture in dense {
            while gap + 1 < samples.count, positions[gap + 1] <= picture.position { gap += 1 }
            gaps[gap, default: []].append(picture)
        }
        return policy.harmful(of: asked).map { category in
            HitRuns(
                category, confirm, threshold: policy.threshold(for: category), positions: positions,
                probabilities: samples.map { $0.judgement?.probabilities[category] },
                dense: gaps.mapValues { pictures in
                    pictures.compactMap { picture in
                        picture.judgement?.probabilities[category].map {
                            .init(position: picture.position, probability: $0)
                        }
                    }
                })
        }
    }

    /// The decision on the video.
    public var decision: Decision { reached.seeing(all: isComplete) }

    /// Confidence in the decision, 0…1. OK: the mean over all samples. KO: the maximum over KO samples. `nil` if
    /// undetermined.
    public var confidence: Double? {
        switch decision {
        case .ok:
            let confidences = samples.compactMap(\.verdict.confidence)
            return confidences.isEmpty ? nil : confidences.reduce(0, +) / Double(confidences.count)
        case .ko: return samples.filter { $0.verdict.decision == .ko }.compactMap(\.verdict.confidence).max()
        case .undetermined: return nil
        }
    }

    /// The categories that made any sample KO, sorted.
    public var rejected: [ContentCategory] {
        samples.reduce(into: Set()) { $0.formUnion($1.verdict.rejected) }.sorted()
    }
}

extension RuleEngine {
    /// Adds all samples of a finished video, with the results of second looks.
    /// - Parameters:
    ///   - samples: In order of position.
    ///   - runs: The runs of each harmful category, if there are second looks.
    ///   - end: The end of the last picture, in ms.
    fileprivate mutating func run(
        _ samples: [TimelineSample], _ runs: [HitRuns], end: Int
    ) -> (samples: [TimelineSample], segments: [Segment], dismissed: [Segment]) {
        let looked = runs.map { ($0.category, $0.seen) }
        func seen(_ index: Int) -> [ContentCategory: Seen] {
            looked.reduce(into: [:]) { $0[$1.0] = $1.1[index] }
        }
        var ruled = samples, segments: [Segment] = [], dismissed: [Segment] = []
        func take(_ changes: [Change]) {
            for case .closed(let segment) in changes { segments.append(Segment(segment)) }
            for case .dismissed(let segment, let hits) in changes {
                dismissed.append(Segment(segment))
                for index in hits {
                    let rejected = ruled[index].verdict.rejected.subtracting([segment.category])
                    ruled[index].verdict = verdict(ruled[index], rejected: rejected, seen(index))
                    ruled[index].standings[segment.category] = segment.standing
                }
            }
        }
        for index in samples.indices {
            let (sample, changes) = add(samples[index], seen: seen(index))
            ruled[index] = sample
            take(changes)
        }
        take(interrupt(at: end))
        return (ruled, segments, dismissed)
    }
}

extension Segment {
    /// Creates the segment of a stream. An open one ends where it starts.
    /// - Parameter stream: The number of the video stream, if known.
    public init(_ segment: LiveSegment, stream: Int? = nil) {
        self.init(
            category: segment.category, start: segment.start, end: segment.end ?? segment.start,
            peak: segment.peak, count: segment.count,
            stream: stream, standing: segment.standing)
    }
}
