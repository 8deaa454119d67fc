/// The runs of hits and of doubtful samples of one category, with the results of second looks.
struct HitRuns {
    /// Consecutive samples that are all hits, or all doubtful.
    struct Run {
        var range: Range<Int>
        let isDoubtful: Bool
        var standing = Standing.unconfirmed
        /// The share of pictures around it that disagree, 0…1.
        var disagreement = 0.0
        /// In ms. Refined by second looks.
        var start, end: Int
        /// Further gaps that need a second look to find the start or end.
        var continuations: [Int] = []
    }

    struct Dense {
        let position: Int
        let probability: Double
    }

    let category: ContentCategory
    let confirm: Confirmation
    let threshold: Double
    /// The positions of the samples and the end of the video, in ms.
    let positions: [Int]
    let probabilities: [Double?]
    /// The pictures of second looks in order, by the index of the sample before them.
    let dense: [Int: [Dense]]
    private(set) var runs: [Run] = []

    init(
        _ category: ContentCategory, _ confirm: Confirmation, threshold: Double, positions: [Int],
        probabilities: [Double?],
        dense: [Int: [Dense]]
    ) {
        (self.category, self.confirm, self.threshold) = (category, confirm, threshold)
        (self.positions, self.probabilities, self.dense) = (positions, probabilities, dense)
        runs = findRuns().flatMap { weighed($0) }
    }

    func isDoubtful(_ probability: Double) -> Bool {
        probability < threshold && probability >= threshold - confirm.doubt && probability > 0
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
                Run(range: first..<index, isDoubtful: doubtful, start: positions[first], end: positions[index]))
        }
        return runs
    }

    /// The gaps to look at for a run: before and after its first sample, and before and after its last.
    func gaps(of run: Run) -> [Int] {
        let (first, last) = (run.range.lowerBound, run.range.upperBound - 1)
        return Set([first - 1, first, last - 1, last]).filter { $0 >= 0 }.sorted()
    }

    /// What the rule engine needs to know about samples, by index.
    var seen: [Int: RuleEngine.Seen] {
        var seen: [Int: RuleEngine.Seen] = [:]
        for run in runs {
            let isConfirmed = run.standing == .confirmed
            for index in run.range {
                var one = RuleEngine.Seen(standing: run.standing, disagreement: run.disagreement)
                if isConfirmed, index == run.range.lowerBound { one.start = run.start }
                if isConfirmed, index == run.range.upperBound - 1 { one.end = run.end }
                seen[index] = one
            }
            // Earlier samples within the run, so that a segment before it stays open for it.
            var index = run.range.lowerBound - 1
            while isConfirmed, index >= 0, positions[index] > run.start {
                seen[index, default: .init()].start = seen[index]?.start ?? run.start
                index -= 1
            }
        }
        return seen
    }
}
