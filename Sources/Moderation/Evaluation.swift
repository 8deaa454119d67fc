/// Measures how well a judge's scores separate examples that show a category (positives) from those that do not (negatives).
///
/// As everywhere, a score equal to the threshold is a hit.
public struct Evaluation: Hashable, Sendable {
    /// Ascending.
    private let positives, negatives: [Double]
    /// The number of examples that could not be judged. They are left out of all rates.
    public let unjudgedPositives, unjudgedNegatives: Int

    /// - Parameters:
    ///   - positives: The scores of examples that show the category, 0…1, in any order. `nil`: not judged.
    ///   - negatives: The scores of the other examples, likewise.
    public init(positives: [Double?], negatives: [Double?]) {
        self.positives = positives.compactMap { $0 }.sorted()
        self.negatives = negatives.compactMap { $0 }.sorted()
        unjudgedPositives = positives.count - self.positives.count
        unjudgedNegatives = negatives.count - self.negatives.count
    }

    /// The rates at a threshold.
    public struct OperatingPoint: Hashable, Sendable {
        /// 0…1.
        public let threshold: Double
        /// The proportion of positives that are hits (recall).
        public let truePositiveRate: Proportion
        /// The proportion of negatives that are hits.
        public let falsePositiveRate: Proportion

        /// The proportion of hits that are positives. Depends on the share of positives among the examples.
        public var precision: Proportion {
            Proportion(truePositiveRate.count, of: truePositiveRate.count + falsePositiveRate.count)
        }
    }

    /// Returns the rates at a threshold, 0…1.
    public func point(at threshold: Double) -> OperatingPoint {
        func hits(_ scores: [Double]) -> Proportion {
            Proportion(scores.count - scores.firstIndex(from: threshold), of: scores.count)
        }
        return OperatingPoint(
            threshold: threshold, truePositiveRate: hits(positives), falsePositiveRate: hits(negatives))
    }

    /// The rates with each distinct score as the threshold, highest first. At the last, all examples are hits.
    public var curve: [OperatingPoint] { scores.map(point) }

    /// Distinct scores, highest first.
    private var scores: [Double] { Set(positives).union(negatives).sorted(by: >) }

    /// The area under the ROC curve, 0…1, by trapezoids. It is the probability that a positive scores higher than a negative;
    /// ties count half. `nil` without judged examples of both kinds.
    public var rocArea: Double? {
        guard !positives.isEmpty, !negatives.isEmpty else { return nil }
        var area = 0.0
        var (x, y) = (0.0, 0.0)
        for point in curve {
            let (right, top) = (point.falsePositiveRate.share ?? 0, point.truePositiveRate.share ?? 0)
            area += (right - x) * (top + y) / 2
            (x, y) = (right, top)
        }
        return area
    }

    /// The average precision, 0…1: the area under the precision-recall curve, by steps. `nil` without judged positives.
    public var averagePrecision: Double? {
        guard !positives.isEmpty else { return nil }
        var sum = 0.0
        var before = 0.0
        for point in curve {
            let recall = point.truePositiveRate.share ?? 0
            sum += (recall - before) * (point.precision.share ?? 0)
            before = recall
        }
        return sum
    }

    // MARK: Thresholds for a given rate

    /// Finds the threshold with the highest recall at a limited false positive rate.
    /// - Parameter wished: The maximum false positive rate, 0…1.
    /// - Returns: `nil` if no threshold achieves the rate, or there are no judged negatives.
    public func point(maxFalsePositiveRate wished: Double) -> OperatingPoint? {
        guard !negatives.isEmpty else { return nil }
        let scores = scores
        let kept = scores.lastIndex { (point(at: $0).falsePositiveRate.share ?? 1) <= wished }
        if let kept { return between(kept, scores) }
        // Above the highest score nothing is a hit.
        guard let top = scores.first, top < 1 else { return nil }
        return point(at: Self.roundest(above: top, upTo: 1))
    }

    /// Finds the highest threshold with a minimum recall.
    /// - Parameter wished: The minimum true positive rate, 0…1.
    /// - Returns: `nil` if there are no judged positives.
    public func point(minTruePositiveRate wished: Double) -> OperatingPoint? {
        guard !positives.isEmpty else { return nil }
        let scores = scores
        let first = scores.firstIndex { (point(at: $0).truePositiveRate.share ?? 0) >= wished }
        return first.map { between($0, scores) }
    }

    /// A threshold in the middle between this score and the next lower one. It gives the same rates as this score, but is
    /// less sensitive to small differences in new scores.
    private func between(_ index: Int, _ scores: [Double]) -> OperatingPoint {
        let next = index + 1 < scores.count ? scores[index + 1] : 0
        return point(at: Self.roundest(above: next, upTo: scores[index]))
    }

    /// The middle of the interval, rounded to as few decimals as possible.
    private static func roundest(above low: Double, upTo high: Double) -> Double {
        var scale = 10.0
        for _ in 0..<15 {
            let candidate = ((low + high) / 2 * scale).rounded() / scale
            if candidate > low, candidate <= high { return candidate }
            scale *= 10
        }
        return high
    }
}

extension Array where Element: Comparable {
    /// The index of the first element of an ascending array that is at least `bound`; `count` if there is none.
    func firstIndex(from bound: Element) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
