/// Decisions about one category by score, in steps of 0.001. Its size does not depend on the number of decisions.
struct ScoreHistogram: Codable, Hashable, Sendable {
    /// The decisions of a range of scores, by whether the category is present.
    struct Tally: Codable, Hashable, Sendable {
        var present = WeightedCount(), absent = WeightedCount()

        var all: WeightedCount { present + absent }

        static func + (one: Tally, other: Tally) -> Tally {
            Tally(present: one.present + other.present, absent: one.absent + other.absent)
        }
    }

    /// A threshold with the decisions at or above it, and those below.
    struct Cut {
        let threshold: Double
        let hits, rest: Tally
    }

    /// How many steps there are from 0 to 1.
    static let steps = 1000

    /// Scores are also divided here, so that rates at this threshold are exact. 0…1.
    let threshold: Double
    /// By twice the step, plus 1 from the threshold on: in the order of the scores.
    private var tallies: [Int: Tally] = [:]

    init(threshold: Double) { self.threshold = threshold }

    mutating func add(score: Double, isPresent: Bool, weight: Double) {
        let key = 2 * Self.step(of: score) + (score >= threshold ? 1 : 0)
        if isPresent {
            tallies[key, default: Tally()].present.add(weight)
        } else {
            tallies[key, default: Tally()].absent.add(weight)
        }
    }

    static func + (one: ScoreHistogram, other: ScoreHistogram) -> ScoreHistogram {
        var sum = one
        sum.tallies.merge(other.tallies, uniquingKeysWith: +)
        return sum
    }

    /// The lowest score of each occupied range as the threshold, ascending.
    var cuts: [Cut] {
        let keys = tallies.keys.sorted()
        let values = keys.compactMap { tallies[$0] }
        var hits = values.reduce(Tally(), +), rest = Tally()
        // From the top, because weights cannot be taken off a sum without rounding errors.
        var above: [Tally] = []
        for value in values.reversed() {
            hits = above.last.map { $0 + value } ?? value
            above.append(hits)
        }
        return zip(keys, zip(values, above.reversed())).map { key, tallies in
            defer { rest = rest + tallies.0 }
            return Cut(threshold: edge(key), hits: tallies.1, rest: rest)
        }
    }

    /// The decisions from a threshold on, and those below. The threshold is `self.threshold` or a multiple of a step;
    /// another one counts as the next such number.
    func cut(at threshold: Double) -> Cut {
        var hits = Tally(), rest = Tally()
        for (key, tally) in tallies.sorted(by: { $0.key < $1.key }) {
            if edge(key) >= threshold { hits = hits + tally } else { rest = rest + tally }
        }
        return Cut(threshold: threshold, hits: hits, rest: rest)
    }

    /// The decisions with scores from one threshold up to another, exclusive.
    func between(_ low: Double, _ high: Double) -> Tally {
        tallies.sorted { $0.key < $1.key }.filter { (low..<max(low, high)).contains(edge($0.key)) }
            .reduce(Tally()) { $0 + $1.value }
    }

    /// The lowest score that a key stands for.
    private func edge(_ key: Int) -> Double {
        let edge = Self.threshold(ofStep: key / 2)
        return key % 2 == 1 ? max(edge, threshold) : edge
    }

    /// The step that a score, 0…1, belongs to: the last whose threshold it reaches.
    static func step(of score: Double) -> Int {
        let step = Int(score * Double(steps))
        // Multiplying may round up or down across a step.
        if score < threshold(ofStep: step) { return step - 1 }
        return score >= threshold(ofStep: step + 1) ? step + 1 : step
    }

    /// The number that a step is typed as.
    static func threshold(ofStep step: Int) -> Double { Double(step) / Double(steps) }
}
