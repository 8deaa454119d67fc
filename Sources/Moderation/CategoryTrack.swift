/// One category along a timeline: where it is a hit, what second looks say of that, and the segments that follow.
struct CategoryTrack {
    /// Consecutive samples that are hits, or all doubtful.
    struct Run {
        var range: Range<Int>
        let isDoubtful: Bool
        var standing: Standing?
        /// Of the pictures beside it, how many disagree: 0…1.
        var disagreement = 0.0
        /// ms; narrowed where second looks allow.
        var start, end: Int
        /// The gaps that would have to be looked at to see where it begins and ends.
        var continuations: [Int] = []

        var makesHits: Bool { isDoubtful ? standing == .confirmed : standing != .refuted }
    }

    struct Dense {
        let position: Int
        let probability: Double
    }

    let category: Category
    let policy: Policy
    /// Of the samples, and then the end of the video: ms.
    let positions: [Int]
    let probabilities: [Double?]
    /// By the index of the sample before them, in order.
    let dense: [Int: [Dense]]
    private(set) var runs: [Run] = []
    /// By index of the sample: what became of a hit. Absent: no hit.
    private(set) var standings: [Int: Standing] = [:]
    private(set) var segments: [Segment] = []
    /// Segments that do not count, and why.
    private(set) var dismissed: [Segment] = []

    init(
        _ category: Category, policy: Policy, positions: [Int], probabilities: [Double?], dense: [Int: [Dense]]
    ) {
        self.category = category
        self.policy = policy
        self.positions = positions
        self.probabilities = probabilities
        self.dense = dense
        runs = findRuns()
        if let confirm = policy.confirm { runs = runs.flatMap { weighed($0, confirm) } }
        findHits()
        findSegments()
    }

    var threshold: Double { policy.threshold(for: category) }

    /// How sure the second look was that a refuted hit is none; `nil` where there was none.
    func disagreement(at index: Int) -> Double? {
        runs.first { $0.range.contains(index) && $0.standing == .refuted }?.disagreement
    }

    // MARK: Runs

    func isDoubtful(_ probability: Double) -> Bool {
        guard let confirm = policy.confirm else { return false }
        return probability < threshold && probability >= threshold - confirm.doubt && probability > 0
    }

    private func findRuns() -> [Run] {
        var runs: [Run] = []
        var index = 0
        while index < probabilities.count {
            guard let probability = probabilities[index], probability >= threshold || isDoubtful(probability) else {
                index += 1
                continue
            }
            let doubtful = probability < threshold
            let first = index
            while index < probabilities.count, let next = probabilities[index],
                doubtful ? isDoubtful(next) : next >= threshold
            {
                index += 1
            }
            runs.append(
                Run(
                    range: first..<index, isDoubtful: doubtful, standing: policy.confirm == nil ? nil : .unconfirmed,
                    start: positions[first], end: positions[index]))
        }
        return runs
    }

    /// What is looked at for a run: before and after its first sample, and its last.
    func gaps(of run: Run) -> [Int] {
        let (first, last) = (run.range.lowerBound, run.range.upperBound - 1)
        return Set([first - 1, first, last - 1, last]).filter { $0 >= 0 }.sorted()
    }

    // MARK: Hits and segments

    /// A hit opens; what follows belongs to it while it stays at or above the closing threshold.
    private mutating func findHits() {
        let closing = policy.closeThreshold(for: category)
        var open: Standing?
        var next = 0
        for (index, probability) in probabilities.enumerated() {
            while next < runs.count, runs[next].range.upperBound <= index { next += 1 }
            let run = next < runs.count && runs[next].range.contains(index) ? runs[next] : nil
            guard let probability else {
                open = nil
                continue
            }
            if let run, run.makesHits {
                open = run.standing ?? .unconfirmed
                standings[index] = open
            } else if let run, !run.isDoubtful {
                open = nil
                standings[index] = .refuted
            } else if let standing = open, probability >= closing {
                standings[index] = standing
            } else {
                open = nil
            }
        }
    }

    private mutating func findSegments() {
        let stretches = joined(stretches(where: { $0.counts }))
        for stretch in stretches {
            let hits = stretch.range.filter { standings[$0]?.counts == true }
            let isBrief = stretch.end - stretch.start < policy.minDuration
            if isBrief { for index in hits { standings[index] = .brief } }
            let isConfirmed = hits.contains { standings[$0] == .confirmed }
            let standing: Standing? =
                isBrief ? .brief : policy.confirm == nil ? nil : isConfirmed ? .confirmed : .unconfirmed
            let segment = segment(stretch, hits, standing)
            if isBrief { dismissed.append(segment) } else { segments.append(segment) }
        }
        for stretch in self.stretches(where: { $0 == .refuted }) {
            dismissed.append(segment(stretch, Array(stretch.range), .refuted))
        }
    }

    private struct Stretch {
        var range: Range<Int>
        var start, end: Int
    }

    private func stretches(where matches: (Standing) -> Bool) -> [Stretch] {
        var found: [Stretch] = []
        for index in probabilities.indices where standings[index].map(matches) == true {
            if let last = found.last, last.range.upperBound == index {
                found[found.count - 1].range = last.range.lowerBound..<index + 1
                found[found.count - 1].end = positions[index + 1]
            } else {
                found.append(Stretch(range: index..<index + 1, start: positions[index], end: positions[index + 1]))
            }
        }
        return found
    }

    /// With the boundaries that second looks found, and across gaps that the policy allows.
    private func joined(_ stretches: [Stretch]) -> [Stretch] {
        let confirmed = runs.filter { $0.standing == .confirmed }
        let starts = Dictionary(uniqueKeysWithValues: confirmed.map { ($0.range.lowerBound, $0.start) })
        let ends = Dictionary(uniqueKeysWithValues: confirmed.map { ($0.range.upperBound, $0.end) })
        let bridged = max(policy.gap, policy.confirm.map { 2 * $0.interval } ?? 0)
        return stretches.reduce(into: []) { joined, stretch in
            var next = stretch
            next.start = starts[stretch.range.lowerBound] ?? stretch.start
            next.end = max(next.start, ends[stretch.range.upperBound] ?? stretch.end)
            guard let last = joined.last, next.start - last.end <= bridged else {
                return joined.append(next)
            }
            joined[joined.count - 1] = Stretch(
                range: last.range.lowerBound..<next.range.upperBound, start: min(last.start, next.start),
                end: max(last.end, next.end))
        }
    }

    private func segment(_ stretch: Stretch, _ hits: [Int], _ standing: Standing?) -> Segment {
        // Every stretch holds a hit: they are made of them. Of equals, the first.
        let peak = hits.reduce(hits[0]) { (probabilities[$1] ?? 0) > (probabilities[$0] ?? 0) ? $1 : $0 }
        return Segment(
            category: category, start: stretch.start, end: stretch.end, peakPosition: positions[peak],
            peakProbability: probabilities[peak] ?? 0, count: hits.count, standing: standing)
    }
}
