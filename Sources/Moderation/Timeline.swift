/// One sampled position of a video and what was decided there.
public struct TimelineSample: Hashable, Sendable {
    /// 0, 1, 2 … in order of position.
    public let index: Int
    /// ms since the first picture.
    public let position: Int
    /// The picture's own timestamp; `nil` when there was no picture.
    public let time: MediaTime?
    public let judgement: Judgement?
    public internal(set) var verdict: Verdict
    /// What became of its hits, where the policy looks further than one picture. Empty where it does not.
    public internal(set) var standings: [Category: Standing] = [:]
    /// The same picture as at the position before: judged once, counted at both.
    public let reused: Bool
    /// Why there is no judgement.
    public let failure: String?
    /// Number of its video stream among the input's streams; `nil` where nobody said.
    public let stream: Int?

    /// - Parameter verdict: Undetermined, until the rules have decided.
    public init(
        index: Int, position: Int, time: MediaTime?, judgement: Judgement?, verdict: Verdict = .undetermined,
        reused: Bool,
        failure: String?, stream: Int? = nil
    ) {
        self.stream = stream
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
public struct Segment: Codable, Hashable, Sendable {
    public struct Peak: Codable, Hashable, Sendable {
        /// ms.
        public var position: Int
        public var probability: Double

        public init(position: Int, probability: Double) { (self.position, self.probability) = (position, probability) }
    }

    public var category: Category
    /// Position of the first sample, ms; of the first picture, where a second look narrowed it.
    public var start: Int
    /// Position of the first sample after it, or the end of the video, ms.
    public var end: Int
    public var peak: Peak
    /// KO samples in it.
    public var count: Int
    /// Of its samples; `nil` where nobody said.
    public internal(set) var stream: Int?
    /// What a second look said of it, or why it was dismissed; `nil` where the policy asks for neither.
    public var standing: Standing?

    private enum CodingKeys: String, CodingKey {
        case category, start, end, peak, stream
        case count = "nbImages", standing = "confirmation"
    }
}

/// How a category did over a whole video.
public struct CategorySummary: Codable, Hashable, Sendable {
    public var max: Double
    public var mean: Double
    /// ms.
    public var positionOfMax: Int

    public init(max: Double, mean: Double, positionOfMax: Int) {
        self.max = max
        self.mean = mean
        self.positionOfMax = positionOfMax
    }
}

/// All samples of a video in order, and what follows from them.
public struct Timeline: Hashable, Sendable {
    /// Their verdicts are those of the whole timeline: hits that do not count are OK.
    public private(set) var samples: [TimelineSample]
    /// Pictures of second looks, by position.
    public let dense: [DenseSample]
    /// Where the last picture ends, ms.
    public let end: Int
    public let asked: Set<Category>
    public let policy: Policy
    /// All of the input was seen. What was not seen may be anything, so an incomplete timeline is never OK.
    public var isComplete: Bool
    /// Segments of every category, by start and then category.
    public let segments: [Segment]
    /// Segments that do not count: refuted, or too short. By start and then category.
    public let dismissed: [Segment]
    /// Where another look would tell more, hits before doubtful samples, and each by position.
    private let wanted: [SecondLook]
    /// Of each video stream, where several were looked at; empty where it is one.
    public let streams: [Timeline]
    public let tally: Tally
    /// Highest and mean probability of each judged category.
    public let categories: [Category: CategorySummary]
    /// On what was seen.
    private let reached: Decision

    /// - Parameters:
    ///   - samples: In any order; sorted by index here, their verdicts made anew.
    ///   - dense: Pictures of second looks, in any order.
    ///   - end: Where the last picture ends, ms; at least the last position.
    ///   - isComplete: See the property.
    public init(
        samples: [TimelineSample], dense: [DenseSample] = [], end: Int, asked: Set<Category>, policy: Policy,
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

    /// Several video streams of one input, each decided by itself: KO where one of them is, and OK where all are.
    ///
    /// Samples are in order of position, numbered anew.
    /// - Parameter streams: At least one; of the same policy.
    public init(joining streams: [Timeline], asked: Set<Category>, policy: Policy) {
        if streams.count == 1 {
            self = streams[0]
            return
        }
        let sorted = streams.flatMap(\.samples).sorted {
            ($0.position, $0.stream ?? 0, $0.index) < ($1.position, $1.stream ?? 0, $1.index)
        }
        samples = sorted.enumerated().map { $1.numbered($0) }
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

    /// The same with more pictures of second looks.
    public func seeing(_ more: [DenseSample]) -> Timeline {
        Timeline(
            samples: samples, dense: dense + more, end: end, asked: asked, policy: policy, isComplete: isComplete)
    }

    /// Stretches to look at again, the most telling first; none where the policy asks for none.
    /// - Parameter taken: `gap`s of the looks that were taken already.
    public func secondLooks(besides taken: Set<Int>) -> [SecondLook] {
        policy.confirm == nil ? [] : wanted.filter { !taken.contains($0.gap) }
    }

    /// What second looks say of each category; nothing where the policy asks for none.
    private static func runs(
        _ samples: [TimelineSample], _ dense: [DenseSample], end: Int, asked: Set<Category>, policy: Policy
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

    public var decision: Decision { reached.seeing(all: isComplete) }

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
}

extension TimelineSample {
    fileprivate func numbered(_ number: Int) -> TimelineSample {
        var sample = TimelineSample(
            index: number, position: position, time: time, judgement: judgement, verdict: verdict, reused: reused,
            failure: failure, stream: stream)
        sample.standings = standings
        return sample
    }
}

extension RuleEngine {
    /// A video that is over: all of its samples, and what second looks say of them.
    /// - Parameters:
    ///   - samples: In order.
    ///   - runs: Of each category that was looked at again.
    ///   - end: Where the last picture ends, ms.
    fileprivate mutating func run(
        _ samples: [TimelineSample], _ runs: [HitRuns], end: Int
    ) -> (samples: [TimelineSample], segments: [Segment], dismissed: [Segment]) {
        let looked = runs.map { ($0.category, $0.seen) }
        func seen(_ index: Int) -> [Category: Seen] {
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
    init(_ segment: LiveSegment, stream: Int? = nil) {
        self.init(
            category: segment.category, start: segment.start, end: segment.end ?? segment.start,
            peak: .init(position: segment.peakPosition, probability: segment.peakProbability), count: segment.count,
            stream: stream, standing: segment.standing)
    }
}
