/// How well a judge's scores tell examples that show something (positives) from those that do not (negatives).
///
/// As everywhere, a score counts as a hit from the threshold on, the tie included.
public struct Evaluation: Hashable, Sendable {
    /// Ascending.
    private let positives, negatives: [Double]
    /// Examples that could not be judged; no rate counts them.
    public let unjudgedPositives, unjudgedNegatives: Int

    /// - Parameters: Scores, 0…1, in any order; `nil` for what could not be judged.
    public init(positives: [Double?], negatives: [Double?]) {
        self.positives = positives.compactMap { $0 }.sorted()
        self.negatives = negatives.compactMap { $0 }.sorted()
        unjudgedPositives = positives.count - self.positives.count
        unjudgedNegatives = negatives.count - self.negatives.count
    }

    /// What a threshold makes of the examples.
    public struct OperatingPoint: Hashable, Sendable {
        public let threshold: Double
        /// Of the positives, those that are hits: recall.
        public let truePositiveRate: Proportion
        /// Of the negatives, those that are hits.
        public let falsePositiveRate: Proportion

        /// Of the hits, the positives. It goes with the share of positives among the examples.
        public var precision: Proportion {
            Proportion(truePositiveRate.count, of: truePositiveRate.count + falsePositiveRate.count)
        }
    }

    public func point(at threshold: Double) -> OperatingPoint {
        func hits(_ scores: [Double]) -> Proportion {
            Proportion(scores.count - scores.firstIndex(from: threshold), of: scores.count)
        }
        return OperatingPoint(
            threshold: threshold, truePositiveRate: hits(positives), falsePositiveRate: hits(negatives))
    }

    /// Each score as a threshold, the highest first: the curves go from none being a hit, which is no point here, to all.
    public var curve: [OperatingPoint] { scores.map(point) }

    /// Each once, the highest first.
    private var scores: [Double] { Set(positives).union(negatives).sorted(by: >) }

    /// Area under the ROC curve, 0…1 (trapezoids): the chance that a positive scores above a negative, ties counting half.
    /// `nil` without examples of both kinds.
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

    /// The mean of the precisions at the thresholds, each weighted by how much recall grows there, 0…1: the area under the
    /// precision-recall curve as steps. `nil` without positives.
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

    // MARK: Thresholds for a wish

    /// The threshold that finds most while at most this share (0…1) of the negatives are hits; `nil` where not even the
    /// highest does, or without negatives.
    public func point(maxFalsePositiveRate wished: Double) -> OperatingPoint? {
        guard !negatives.isEmpty else { return nil }
        let scores = scores
        let kept = scores.lastIndex { (point(at: $0).falsePositiveRate.share ?? 1) <= wished }
        if let kept { return between(kept, scores) }
        // Above the highest score nothing is a hit.
        guard let top = scores.first, top < 1 else { return nil }
        return point(at: Self.roundest(above: top, upTo: 1))
    }

    /// The highest threshold at which at least this share (0…1) of the positives are hits; `nil` without positives.
    public func point(minTruePositiveRate wished: Double) -> OperatingPoint? {
        guard !positives.isEmpty else { return nil }
        let scores = scores
        let first = scores.firstIndex { (point(at: $0).truePositiveRate.share ?? 0) >= wished }
        return first.map { between($0, scores) }
    }

    /// The threshold that decides as this score would, amid the gap to the next lower one: new scores fall beside the known.
    private func between(_ index: Int, _ scores: [Double]) -> OperatingPoint {
        let next = index + 1 < scores.count ? scores[index + 1] : 0
        return point(at: Self.roundest(above: next, upTo: scores[index]))
    }

    /// The number with the fewest decimals around the middle of the gap.
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

extension [Double] {
    /// Of an ascending array, the index of the first that is `bound` or more.
    fileprivate func firstIndex(from bound: Double) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = (low + high) / 2
            if self[middle] < bound { low = middle + 1 } else { high = middle }
        }
        return low
    }
}
