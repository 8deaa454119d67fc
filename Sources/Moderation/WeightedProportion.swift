/// Cases that each stand for one or more.
public struct WeightedCount: Codable, Hashable, Sendable {
    /// The number of cases.
    public private(set) var cases = 0
    /// The sum of their weights: how many they stand for.
    public private(set) var weight = 0.0
    /// The sum of the squares of their weights.
    private(set) var squares = 0.0
    /// The largest of their weights; 0 if there are none.
    private(set) var largest = 0.0

    /// No cases.
    public init() {}

    mutating func add(_ weight: Double) {
        cases += 1
        self.weight += weight
        squares += weight * weight
        largest = max(largest, weight)
    }

    static func + (one: WeightedCount, other: WeightedCount) -> WeightedCount {
        var sum = one
        sum.cases += other.cases
        sum.weight += other.weight
        sum.squares += other.squares
        sum.largest = max(one.largest, other.largest)
        return sum
    }
}

/// A proportion of cases that stand for different numbers of cases, with its confidence interval.
///
/// The interval is Wilson's for an effective sample size `p (1 - p) / v`, where `v` is the linearized variance of the
/// weighted share `p`. Korn, Graubard: "Confidence intervals for proportions with small expected number of positive counts
/// estimated from survey data", 1998; with Wilson's interval as in Franco, Little, Louis, Slud: "Comparative study of
/// confidence intervals for proportions in complex sample surveys", 2019. Kish's size `(Σw)² / Σw²` would take weights to
/// have nothing to do with the outcome. Here they have: what is missed is found in the sampled cases alone, each of which
/// stands for many.
///
/// Where few cases or none of a kind were seen, their variance says too little. So one more case of the largest weight that
/// such a case could have had is added to it. Fay, Feuer: "Confidence intervals for directly standardized rates: a method
/// based on the gamma distribution", 1997. With equal weights all of this is Wilson's interval for the number of cases.
public struct WeightedProportion: Hashable, Sendable {
    /// The cases that are part of the proportion, and those that are not.
    public let counted, others: WeightedCount
    /// The weight of one more case of each kind.
    private let oneMoreCounted, oneMoreOther: Double

    /// - Parameters:
    ///   - counted: The cases that are part of the proportion.
    ///   - others: The cases that are not.
    ///   - largestCounted: The largest weight of all cases that could have been of the first kind; 0 if there are none.
    ///   - largestOther: The same of the second kind.
    init(_ counted: WeightedCount, _ others: WeightedCount, largestCounted: Double, largestOther: Double) {
        (self.counted, self.others) = (counted, others)
        oneMoreCounted = largestCounted > 0 ? largestCounted : largestOther
        oneMoreOther = largestOther > 0 ? largestOther : largestCounted
    }

    /// 0…1; `nil` if there are no cases.
    public var share: Double? {
        let total = counted.weight + others.weight
        return total > 0 ? counted.weight / total : nil
    }

    /// The number of cases of weight 1 that would say as much; `nil` if there are no cases.
    public var effectiveSize: Double? {
        share.map { share in
            let spread =
                (1 - share) * Self.variance(counted, oneMore: oneMoreCounted)
                + share * Self.variance(others, oneMore: oneMoreOther)
            return (counted.weight + others.weight) / spread
        }
    }

    /// The 95% interval; `nil` if there are no cases.
    public var interval: ClosedRange<Double>? {
        guard let share, let effectiveSize else { return nil }
        return Proportion.scoreInterval(share: share, size: effectiveSize)
    }

    /// The variance of a sum of weights, for each unit of that sum.
    private static func variance(_ count: WeightedCount, oneMore: Double) -> Double {
        (count.squares + oneMore * oneMore) / (count.weight + oneMore)
    }
}
