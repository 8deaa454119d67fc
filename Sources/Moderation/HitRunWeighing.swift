/// Uses second looks to confirm or refute runs of hits, and to find where they start and end.
extension HitRuns {
    /// Returns the run with its new standing and boundaries, and the parts that were cut off.
    func weighed(_ run: Run) -> [Run] {
        var run = run
        weigh(&run)
        guard run.standing == .confirmed else { return [run] }
        narrowStart(of: &run, from: innermost(run.range.lowerBound, in: run.range, step: 1))
        narrowEnd(of: &run, from: innermost(run.range.upperBound - 1, in: run.range, step: -1))
        let inside = run.range.filter { positions[$0] >= run.start && positions[$0] < run.end }
        guard let first = inside.first, let last = inside.last else {
            // Both ends belong to short events with a long clean stretch between them.
            run.continuations = []
            narrowStart(of: &run, from: run.range.lowerBound)
            narrowEnd(of: &run, from: run.range.upperBound - 1)
            return [run]
        }
        let cut = [run.range.lowerBound..<first, last + 1..<run.range.upperBound].filter { !$0.isEmpty }.map(refuted)
        run.range = first..<last + 1
        return ([run] + cut).sorted { $0.range.lowerBound < $1.range.lowerBound }
    }

    /// Samples next to an event that the pictures around them do not confirm.
    private func refuted(_ range: Range<Int>) -> Run {
        let seen = (range.lowerBound - 1..<range.upperBound).flatMap { dense[$0] ?? [] }
        let hits = seen.count { $0.probability >= threshold }
        return Run(
            range: range, isDoubtful: probabilities[range.lowerBound].map(isDoubtful) ?? false, standing: .refuted,
            disagreement: seen.isEmpty ? 0 : 1 - Double(hits) / Double(seen.count), start: positions[range.lowerBound],
            end: positions[range.upperBound])
    }

    /// The innermost sample of a run that can be reached from one end through gaps with second looks.
    private func innermost(_ end: Int, in range: Range<Int>, step: Int) -> Int {
        var index = end
        while range.contains(index + step), dense[min(index, index + step)]?.isEmpty == false { index += step }
        return index
    }

    private func weigh(_ run: inout Run) {
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
    }

    /// Whether a position is nearer to the run's first or last sample than to the neighboring samples.
    private func isNear(_ position: Int, _ run: Run) -> Bool {
        let (first, last) = (run.range.lowerBound, run.range.upperBound - 1)
        return [first, last].contains { index in
            let before = index > 0 ? positions[index] - positions[index - 1] : 0
            let after = positions[index + 1] - positions[index]
            return position > positions[index] - before / 2 && position < positions[index] + after / 2
        }
    }

    // MARK: Boundaries

    /// Finds the boundary with the highest sum, where each hit counts +1 and each other picture -1. Of several, takes the
    /// outermost, since misses are more common than false hits.
    private struct Balance {
        private var sum = 0
        private var best = 0
        /// Whether a new best is so unlikely that the search can stop.
        var isLost: Bool { best - sum > 20 }

        /// Adds a picture. Returns whether the sum is at least the best so far.
        mutating func add(isHit: Bool) -> Bool {
            sum += isHit ? 1 : -1
            guard sum >= best else { return false }
            best = sum
            return true
        }
    }

    /// - Parameter sample: A sample that is certainly in the run. The search goes outward from it.
    private func narrowStart(of run: inout Run, from sample: Int) {
        var balance = Balance()
        var gap = sample - 1
        run.start = positions[sample]
        while gap >= 0, let inside = dense[gap], !inside.isEmpty, !balance.isLost {
            for picture in inside.reversed() where balance.add(isHit: picture.probability >= threshold) {
                run.start = picture.position
            }
            if let probability = probabilities[gap], balance.add(isHit: probability >= threshold) {
                run.start = positions[gap]
            }
            gap -= 1
        }
        // The event may extend beyond the stretch that was looked at.
        if gap >= 0, dense[gap] == nil, run.start - positions[gap + 1] <= 5 * confirm.interval {
            run.continuations.append(gap)
        }
    }

    private func narrowEnd(of run: inout Run, from sample: Int) {
        var balance = Balance()
        var gap = sample
        run.end = positions[sample + 1]
        // A picture ends where the next one begins.
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
}
