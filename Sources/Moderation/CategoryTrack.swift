/// One category along a timeline: where it is a hit, what second looks say of that, and the segments that follow.
struct CategoryTrack {
    /// Consecutive samples that are hits, or all doubtful.
    struct Run {
        let range: Range<Int>
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
        if let confirm = policy.confirm {
            for index in runs.indices { weigh(&runs[index], confirm) }
        }
        findHits()
        findSegments()
    }

    private var threshold: Double { policy.threshold(for: category) }

    /// How sure the second look was that a refuted hit is none; `nil` where there was none.
    func disagreement(at index: Int) -> Double? {
        runs.first { $0.range.contains(index) && $0.standing == .refuted }?.disagreement
    }

    // MARK: Runs

    private func isDoubtful(_ probability: Double) -> Bool {
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

    private func weigh(_ run: inout Run, _ confirm: Confirmation) {
        let gaps = gaps(of: run)
        var seen = gaps.flatMap { dense[$0] ?? [] }
        var expected = gaps.reduce(0) { $0 + confirm.pictures(between: positions[$1], and: positions[$1 + 1]) }
        if run.isDoubtful {
            seen = seen.filter { isNear($0.position, run) }
            expected /= 2
        }
        let hits = seen.count { $0.probability >= threshold }
        run.standing =
            run.isDoubtful
            ? confirm.standingOfDoubtful(hits: hits, of: seen.count, expected: expected)
            : confirm.standing(hits: hits, of: seen.count, expected: expected)
        run.disagreement = seen.isEmpty ? 0 : 1 - Double(hits) / Double(seen.count)
        guard run.standing == .confirmed else { return }
        narrowStart(of: &run, confirm)
        narrowEnd(of: &run, confirm)
    }

    /// Nearer to the run's first or last sample than to the samples beyond.
    private func isNear(_ position: Int, _ run: Run) -> Bool {
        let (first, last) = (run.range.lowerBound, run.range.upperBound - 1)
        return [first, last].contains { index in
            let before = index > 0 ? positions[index] - positions[index - 1] : 0
            let after = positions[index + 1] - positions[index]
            return position > positions[index] - before / 2 && position < positions[index] + after / 2
        }
    }

    // MARK: Boundaries

    /// Where hits outnumber the rest the most: +1 for a hit, -1 for another picture, and the highest sum wins.
    private struct Balance {
        private var sum = 0
        private var best = 0
        /// So far behind its best that it will hardly come back.
        var isLost: Bool { best - sum > 20 }

        /// Whether this is the best so far.
        mutating func add(isHit: Bool) -> Bool {
            sum += isHit ? 1 : -1
            guard sum > best else { return false }
            best = sum
            return true
        }
    }

    private func narrowStart(of run: inout Run, _ confirm: Confirmation) {
        var balance = Balance()
        var gap = run.range.lowerBound - 1
        while gap >= 0, let inside = dense[gap], !inside.isEmpty, !balance.isLost {
            for picture in inside.reversed() where balance.add(isHit: picture.probability >= threshold) {
                run.start = picture.position
            }
            if let probability = probabilities[gap], balance.add(isHit: probability >= threshold) {
                run.start = positions[gap]
            }
            gap -= 1
        }
        // The pictures agree up to the edge of what was looked at.
        if gap >= 0, dense[gap] == nil, run.start - positions[gap + 1] <= 5 * confirm.interval {
            run.continuations.append(gap)
        }
    }

    private func narrowEnd(of run: inout Run, _ confirm: Confirmation) {
        var balance = Balance()
        var gap = run.range.upperBound - 1
        // It ends where the next picture begins.
        var wasBest = true
        func reach(_ position: Int, _ end: inout Int) { if wasBest { end = position } }
        while gap < probabilities.count, let inside = dense[gap], !inside.isEmpty, !balance.isLost {
            for picture in inside {
                reach(picture.position, &run.end)
                wasBest = balance.add(isHit: picture.probability >= threshold)
            }
            reach(positions[gap + 1], &run.end)
            gap += 1
            wasBest = gap < probabilities.count && balance.add(isHit: (probabilities[gap] ?? 0) >= threshold)
        }
        if wasBest, gap < probabilities.count { run.end = positions[gap] }
        let isOpen = gap < probabilities.count && dense[gap] == nil
        if isOpen, positions[gap] - run.end <= 5 * confirm.interval { run.continuations.append(gap) }
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
