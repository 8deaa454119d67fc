/// Human decisions about one category, set against the judge's scores: precision and recall at every threshold, and the
/// threshold that gives a wished precision.
///
/// Takes decisions one by one and keeps no more than a histogram: at most some 200 KB, however many there are.
public struct CategoryCalibration: Codable, Hashable, Sendable {
    /// The number of decisions about cases in which the category was judged.
    public private(set) var decisions = 0
    /// The number of those in which it is present.
    public private(set) var present = 0
    /// The number of cases that show the category though it was not judged. They are left out of all rates.
    public private(set) var unjudged = 0
    /// The half of the decisions that thresholds are chosen from, and the one they are measured on.
    private var chosenFrom, heldOut: ScoreHistogram

    /// - Parameter threshold: The present policy's threshold, 0…1.
    public init(threshold: Double) {
        (chosenFrom, heldOut) = (ScoreHistogram(threshold: threshold), ScoreHistogram(threshold: threshold))
    }

    mutating func add(_ decision: HumanDecision, _ category: ContentCategory) {
        let isPresent = decision.present.contains(category)
        guard let score = decision.scores[category], (0...1).contains(score) else {
            if isPresent { unjudged += 1 }
            return
        }
        decisions += 1
        if isPresent { present += 1 }
        if decision.isHeldOut {
            heldOut.add(score: score, isPresent: isPresent, weight: decision.weight)
        } else {
            chosenFrom.add(score: score, isPresent: isPresent, weight: decision.weight)
        }
    }

    /// The rates at a threshold.
    public struct OperatingPoint: Hashable, Sendable {
        /// 0…1.
        public let threshold: Double
        /// The proportion of hits that show the category.
        public let precision: WeightedProportion
        /// The proportion of cases with the category that are hits.
        public let recall: WeightedProportion

        init(_ cut: ScoreHistogram.Cut) {
            let (hits, rest) = (cut.hits, cut.rest)
            threshold = cut.threshold
            precision = WeightedProportion(
                hits.present, hits.absent, largestCounted: hits.all.largest, largestOther: hits.all.largest)
            recall = WeightedProportion(
                hits.present, rest.present, largestCounted: hits.all.largest, largestOther: rest.all.largest)
        }
    }

    /// The present policy's threshold, 0…1.
    public var threshold: Double { chosenFrom.threshold }

    /// The rates at the present policy's threshold.
    public var current: OperatingPoint { point(at: threshold) }

    /// The rates at a threshold: a multiple of 0.001 or the present one. Another one counts as the next such number.
    public func point(at threshold: Double) -> OperatingPoint {
        OperatingPoint((chosenFrom + heldOut).cut(at: threshold))
    }

    /// The rates at each threshold from which on they differ, the highest first; at most some 1000. At the last, all cases
    /// are hits.
    public var curve: [OperatingPoint] { (chosenFrom + heldOut).cuts.reversed().map(OperatingPoint.init) }

    // MARK: A threshold for a wished precision

    /// The widest 95% interval of the precision, in either half, with which a threshold is still proposed.
    public static let widestInterval = 0.2

    /// A threshold for a wished precision, and what it does.
    public struct Proposal: Hashable, Sendable {
        /// 0…1, a multiple of 0.001.
        public let threshold: Double
        /// The rates there, from the half of the decisions that it was not chosen from.
        public let heldOut: OperatingPoint
        /// Cases that are hits at the present threshold and no more at this one, and the reverse. Of all decisions.
        public let dropped, added: Change
    }

    /// Cases that a new threshold decides differently.
    public struct Change: Hashable, Sendable {
        /// The cases that it decides as the person did, and the others.
        public let right, wrong: WeightedCount

        /// All of them.
        public var all: WeightedCount { right + wrong }
    }

    /// Why no threshold is proposed.
    public enum Refusal: Error, Hashable, Sendable {
        /// There are too few decisions to know the precision well enough.
        case tooFew
        /// No threshold gives the precision.
        case outOfReach
    }

    /// Finds the lowest threshold that gives a precision.
    ///
    /// It is chosen from one half of the decisions and measured on the other. A threshold is chosen where the data look
    /// good, so an interval from the same data would not hold as often as it says. Which cases are in which half depends on
    /// their ids alone. Cox: "A note on data-splitting for the evaluation of significance levels", 1975.
    ///
    /// - Parameter precision: 0…1.
    /// - Throws: `Refusal`.
    public func proposal(precision: Double) throws(Refusal) -> Proposal {
        let proposed = try threshold(precision: precision)
        let measured = OperatingPoint(heldOut.cut(at: proposed))
        guard measured.isCertainEnough else { throw .tooFew }
        let all = chosenFrom + heldOut
        let (dropped, added) = (all.between(threshold, proposed), all.between(proposed, threshold))
        return Proposal(
            threshold: proposed, heldOut: measured, dropped: Change(right: dropped.absent, wrong: dropped.present),
            added: Change(right: added.present, wrong: added.absent))
    }

    private func threshold(precision: Double) throws(Refusal) -> Double {
        var below: Int?
        var isKnownAnywhere = false
        var isReached = false
        for cut in chosenFrom.cuts {
            let step = ScoreHistogram.step(of: cut.threshold)
            defer { below = step }
            // The present threshold may divide a step.
            guard step != below else { continue }
            let point = OperatingPoint(cut)
            let isEnough = (point.precision.share ?? 0) >= precision
            if point.isCertainEnough { isKnownAnywhere = true }
            if isEnough { isReached = true }
            guard isEnough, point.isCertainEnough else { continue }
            return Self.roundest(from: below.map { $0 + 1 } ?? 0, to: step)
        }
        throw isKnownAnywhere && !isReached ? .outOfReach : .tooFew
    }

    /// A threshold amid steps that all give the same rates, with as few decimals as possible.
    private static func roundest(from low: Int, to high: Int) -> Double {
        for unit in [100, 10] {
            let candidate = Int((Double(low + high) / 2 / Double(unit)).rounded()) * unit
            if (low...high).contains(candidate) { return ScoreHistogram.threshold(ofStep: candidate) }
        }
        return ScoreHistogram.threshold(ofStep: (low + high) / 2)
    }
}

extension CategoryCalibration.OperatingPoint {
    fileprivate var isCertainEnough: Bool {
        precision.interval.map { $0.upperBound - $0.lowerBound <= CategoryCalibration.widestInterval } ?? false
    }
}
