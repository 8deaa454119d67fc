/// The probability of each pixel to lie in the middle of a line of text.
struct TextMap {
    let width, height: Int
    /// Row by row, 0…1.
    let values: [Float]

    /// Pixels with a higher probability are part of a line.
    private static let leastProbability: Float = 0.3

    /// Consecutive pixels of one row.
    private struct Run {
        let row, first, last: Int

        /// Whether this run, which is above or to the left of `other`, touches neither `other` nor any later run.
        func isPast(_ other: Run) -> Bool {
            row < other.row - 1 || (row == other.row - 1 && last < other.first - 1)
        }
    }

    /// The connected regions (including diagonally), each as the outermost pixels in every row.
    /// - Parameter limit: The most regions to return, from the top.
    func parts(limit: Int) -> [[SIMD2<Double>]] {
        let runs = runs()
        let roots = joined(runs)
        var places: [Int: Int] = [:]
        var parts: [[SIMD2<Double>]] = []
        for (run, root) in zip(runs, roots) {
            let ends = [SIMD2(Double(run.first), Double(run.row)), SIMD2(Double(run.last), Double(run.row))]
            if let place = places[root] {
                parts[place] += ends
            } else if parts.count < limit {
                places[root] = parts.count
                parts.append(ends)
            }
        }
        return parts
    }

    /// The pixels above the threshold, each with its right, lower and lower right neighbors.
    private func runs() -> [Run] {
        var runs: [Run] = []
        values.withUnsafeBufferPointer { values in
            for row in 0..<height {
                let here = row * width, above = row > 0 ? here - width : here
                var first: Int?
                var before = false
                for column in 0..<width {
                    let isSure =
                        values[here + column] > Self.leastProbability || values[above + column] > Self.leastProbability
                    if isSure || before {
                        first = first ?? column
                    } else if let begun = first {
                        runs.append(Run(row: row, first: begun, last: column - 1))
                        first = nil
                    }
                    before = isSure
                }
                if let begun = first { runs.append(Run(row: row, first: begun, last: width - 1)) }
            }
        }
        return runs
    }

    /// For each run, the first run of its region.
    private func joined(_ runs: [Run]) -> [Int] {
        var parents = Array(runs.indices)
        func root(_ run: Int) -> Int {
            var run = run
            while parents[run] != run {
                parents[run] = parents[parents[run]]
                run = parents[run]
            }
            return run
        }
        var above = 0
        for (index, run) in runs.enumerated() {
            // Runs are ordered by row and column, so the ones that can touch this one advance with it.
            while above < index, runs[above].isPast(run) { above += 1 }
            var other = above
            while other < index, runs[other].row == run.row - 1, runs[other].first <= run.last + 1 {
                let (one, two) = (root(index), root(other))
                parents[max(one, two)] = min(one, two)
                other += 1
            }
        }
        return runs.indices.map(root)
    }

    /// The mean over the pixels inside a rectangle; 0 if there are none.
    func mean(inside rectangle: TurnedRectangle) -> Float {
        let corners = rectangle.corners
        func range(_ values: [Double], _ count: Int) -> ClosedRange<Int> {
            let low = Int((values.min() ?? 0).rounded(.down)), high = Int((values.max() ?? 0).rounded(.up))
            return min(max(low, 0), count - 1)...min(max(high, 0), count - 1)
        }
        let rows = range(corners.map(\.y), height), columns = range(corners.map(\.x), width)
        let (axis, center) = (rectangle.axis, rectangle.center)
        let along = rectangle.along + 0.5, across = rectangle.across + 0.5
        var sum: Float = 0, count = 0
        values.withUnsafeBufferPointer { values in
            for row in rows {
                let dy = Double(row) - center.y
                for column in columns {
                    let dx = Double(column) - center.x
                    guard abs(dx * axis.x + dy * axis.y) <= along, abs(dy * axis.x - dx * axis.y) <= across
                    else { continue }
                    sum += values[row * width + column]
                    count += 1
                }
            }
        }
        return count > 0 ? sum / Float(count) : 0
    }
}
