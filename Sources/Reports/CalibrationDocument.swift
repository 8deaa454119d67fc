import Moderation

/// Human decisions against the judge's, in the form in which they are saved: JSON with snake_case keys. The other formats
/// are derived from it.
public struct CalibrationDocument: JSONDocument, Sendable {
    /// A proportion of cases by weight, with its 95 % interval.
    public struct Rate: Encodable, Hashable, Sendable {
        /// How many cases there are in numerator and denominator, whatever their weight.
        public var count, total: Int
        /// Proportion and interval, 0…1, and the number of cases of weight 1 that would say as much; `nil` if `total` is 0.
        public var rate, low, high, effectiveSize: Double?

        init(_ proportion: WeightedProportion) {
            count = proportion.counted.cases
            total = count + proportion.others.cases
            (rate, effectiveSize) = (proportion.share, proportion.effectiveSize)
            (low, high) = (proportion.interval?.lowerBound, proportion.interval?.upperBound)
        }
    }

    /// A threshold (0…1) and the rates it gives.
    public struct Row: Encodable, Hashable, Sendable {
        /// A score at or above it is a hit.
        public var threshold: Double
        /// The shares of hits that show the category, and of cases with the category that are hits.
        public var precision, recall: Rate

        init(_ point: CategoryCalibration.OperatingPoint) {
            (threshold, precision, recall) = (point.threshold, Rate(point.precision), Rate(point.recall))
        }
    }

    /// Cases that a new threshold decides differently.
    public struct Change: Encodable, Hashable, Sendable {
        /// How many cases it decides as the person did, and how many not.
        public var right, wrong: Int
        /// How many cases those stand for.
        public var rightWeight, wrongWeight: Double

        init(_ change: CategoryCalibration.Change) {
            (right, wrong) = (change.right.cases, change.wrong.cases)
            (rightWeight, wrongWeight) = (change.right.weight, change.wrong.weight)
        }
    }

    /// A threshold for the wished precision.
    public struct Proposal: Encodable, Hashable, Sendable {
        /// 0…1.
        public var threshold: Double
        /// The rates there, from the half of the decisions that it was not chosen from.
        public var heldOut: Row
        /// By this category alone: what was KO and would be OK, and the reverse.
        public var koToOk, okToKo: Change
        /// Whether those decisions say that the precision is lower than wished: the whole interval is.
        public var isBelowWish: Bool

        init(_ proposal: CategoryCalibration.Proposal, wished: Double) {
            isBelowWish = proposal.heldOut.precision.interval.map { $0.upperBound < wished } ?? false
            (threshold, heldOut) = (proposal.threshold, Row(proposal.heldOut))
            (koToOk, okToKo) = (Change(proposal.dropped), Change(proposal.added))
        }
    }

    /// What the decisions say of a category.
    public struct Category: Encodable, Hashable, Sendable {
        /// Its name.
        public var category: String
        /// How many decisions are about cases in which it was judged, in how many of those it is present, and how many cases
        /// show it though it was not judged.
        public var decisions, present, unjudged: Int
        /// The rates at the present threshold.
        public var current: Row
        /// The rates at each threshold from which on they differ, the highest first.
        public var curve: [Row]
        /// The threshold for the wished precision; `nil` without such a wish, or if there is none to propose.
        public var proposal: Proposal?
        /// Why nothing is proposed: one sentence.
        public var refusal: String?
        /// The rates at the proposed threshold in all decisions, to be marked on the curve. Not part of the JSON, because
        /// their intervals would not hold.
        let proposedOnCurve: Row?

        /// - Parameters:
        ///   - category: The name.
        ///   - calibration: What is known of it.
        ///   - precision: The wished precision, 0…1; `nil`: none is wished.
        public init(_ category: ContentCategory, _ calibration: CategoryCalibration, precision: Double?) {
            self.category = category.rawValue
            (decisions, present) = (calibration.decisions, calibration.present)
            unjudged = calibration.unjudged
            current = Row(calibration.current)
            curve = calibration.curve.map(Row.init)
            do {
                proposal = try precision.map { wished throws(CategoryCalibration.Refusal) in
                    Proposal(try calibration.proposal(precision: wished), wished: wished)
                }
            } catch {
                refusal = error.sentence
            }
            proposedOnCurve = proposal.map { Row(calibration.point(at: $0.threshold)) }
        }

        private enum CodingKeys: String, CodingKey {
            case category, decisions, present, unjudged, current, curve, proposal, refusal
        }
    }

    /// How many decisions count, and how many lines made no sense.
    public var decisions, refusedLines: Int
    /// The wished precision, 0…1; `nil`: none is wished.
    public var wishedPrecision: Double?
    /// In the order of their names, or as asked for.
    public var categories: [Category]

    /// - Parameters:
    ///   - calibration: The decisions.
    ///   - refusedLines: How many lines made no sense.
    ///   - precision: The wished precision, 0…1; `nil`: none is wished.
    ///   - asked: The categories to tell of, in order. `nil`: all.
    public init(
        _ calibration: Calibration, refusedLines: Int, precision: Double?, of asked: [ContentCategory]? = nil
    ) {
        (decisions, wishedPrecision, self.refusedLines) = (calibration.decisions, precision, refusedLines)
        categories = (asked ?? calibration.categories.keys.sorted()).map {
            Category($0, calibration[$0], precision: precision)
        }
    }
}

extension CategoryCalibration.Refusal {
    fileprivate var sentence: String {
        switch self {
        case .tooFew:
            "There are too few decisions: the interval of the precision would be wider than "
                + "\(ReportPage.percent(CategoryCalibration.widestInterval))."
        case .outOfReach: "No threshold gives this precision."
        }
    }
}
