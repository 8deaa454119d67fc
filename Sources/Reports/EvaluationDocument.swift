import Moderation

/// How well a judge separates labeled examples, in the form in which it is saved: JSON with snake_case keys and
/// positions in ms. The other formats are derived from it.
public struct EvaluationDocument: JSONDocument, Sendable {
    /// A proportion with its 95 % score interval (Wilson).
    public struct Rate: Encodable, Hashable, Sendable {
        /// Numerator and denominator.
        public var count, total: Int
        /// Proportion and interval, 0…1; `nil` if `total` is 0.
        public var rate, low, high: Double?

        init(_ proportion: Proportion) {
            (count, total, rate) = (proportion.count, proportion.total, proportion.share)
            (low, high) = (proportion.interval?.lowerBound, proportion.interval?.upperBound)
        }
    }

    /// A threshold (0…1) and the rates it gives.
    public struct Row: Encodable, Hashable, Sendable {
        /// A score at or above it is a hit.
        public var threshold: Double
        /// The shares of positives that are hits (recall), of negatives that are hits, and of hits that are positive.
        public var truePositiveRate, falsePositiveRate, precision: Rate

        init(_ point: Evaluation.OperatingPoint) {
            threshold = point.threshold
            truePositiveRate = Rate(point.truePositiveRate)
            falsePositiveRate = Rate(point.falsePositiveRate)
            precision = Rate(point.precision)
        }
    }

    /// A rate to keep, and the threshold that keeps it.
    public struct Wish: Encodable, Hashable, Sendable {
        /// Whether `rate` is the highest rate of false positives or the lowest recall.
        public enum Kind: String, Encodable, Sendable {
            case maxFalsePositives = "max_false_positives"
            case minRecall = "min_recall"
        }
        /// What `rate` limits.
        public var kind: Kind
        /// 0…1.
        public var rate: Double
        /// The threshold with its rates; `nil` if no threshold keeps the rate.
        public var row: Row?
    }

    /// How many examples were judged.
    public struct Counts: Encodable, Hashable, Sendable {
        /// How many have a score, and how many could not be judged.
        public var judged, unjudged: Int
    }

    /// A threshold and its rates, all 0…1. There may be as many as examples, so intervals are left out.
    public struct CurvePoint: Encodable, Hashable, Sendable {
        /// As in `Row`.
        public var threshold, truePositiveRate, falsePositiveRate: Double
        /// As in `Row`; `nil` if there are no hits.
        public var precision: Double?
    }

    /// One labeled file.
    public struct Example: Encodable, Hashable, Sendable {
        /// The file's name, and `positive` or `negative`.
        public var name, label: String
        /// 0…1; `nil` if it could not be judged.
        public var score: Double?
        /// Where in a video the score was reached, in ms.
        public var position: Int?
        /// Why it could not be judged.
        public var error: String?

        init(_ example: EvaluationResult.Example) {
            name = example.name
            label = example.isPositive ? "positive" : "negative"
            (score, position, error) = (example.score, example.position, example.failure)
        }
    }

    /// `success`, or `partial` if the run ended before all files were judged.
    public var status: ModerationResult.Status
    /// Why it is partial, one or two sentences.
    public var note: String?
    /// The task that was evaluated, and the category that scores it.
    public var task, category: String
    /// The judge.
    public var provider: JudgeIdentity
    /// Seconds between the judged pictures of a video.
    public var frameInterval: Double
    /// The examples by label.
    public var positives, negatives: Counts
    /// The area under the ROC curve, and the mean precision weighted by the gain in recall, 0…1.
    public var rocArea, averagePrecision: Double?
    /// The rates to keep.
    public var wishes: [Wish]
    /// For the thresholds 0, 0.05 … 1.
    public var thresholds: [Row]
    /// Each score as a threshold, the highest first; empty unless examples of both labels were judged.
    public var curve: [CurvePoint]
    /// The threshold that defines mistakes.
    public var mistakesAt: Row
    /// The worst mistakes, the worst first.
    public var falsePositives, falseNegatives: [Example]
    /// All examples.
    public var examples: [Example]

    /// JPEGs of the mistakes, in their order. They are for the HTML page and not part of the JSON.
    let falsePositivePictures, falseNegativePictures: [[UInt8]?]

    /// - Parameters:
    ///   - result: The scores.
    ///   - maxFalsePositives: The highest acceptable rate of false positives, 0…1.
    ///   - minRecall: The lowest acceptable recall, 0…1.
    public init(_ result: EvaluationResult, maxFalsePositives: Double, minRecall: Double) {
        let evaluation = result.evaluation
        let middle = evaluation.point(at: result.threshold)
        status = result.unseen > 0 ? .partial : .success
        note = Self.note(result)
        (task, category, provider) = (result.task.name, result.category.rawValue, result.provider)
        frameInterval = result.frameInterval
        positives = Counts(judged: middle.truePositiveRate.total, unjudged: evaluation.unjudgedPositives)
        negatives = Counts(judged: middle.falsePositiveRate.total, unjudged: evaluation.unjudgedNegatives)
        (rocArea, averagePrecision) = (evaluation.rocArea, evaluation.averagePrecision)
        wishes = [
            Wish(
                kind: .maxFalsePositives, rate: maxFalsePositives,
                row: evaluation.point(maxFalsePositiveRate: maxFalsePositives).map(Row.init)),
            Wish(
                kind: .minRecall, rate: minRecall,
                row: evaluation.point(minTruePositiveRate: minRecall).map(Row.init)),
        ]
        thresholds = (0...20).map { Row(evaluation.point(at: Double($0) / 20)) }
        curve = evaluation.curve.compactMap { point in
            guard let found = point.truePositiveRate.share, let imagined = point.falsePositiveRate.share else {
                return nil
            }
            return CurvePoint(
                threshold: point.threshold, truePositiveRate: found, falsePositiveRate: imagined,
                precision: point.precision.share)
        }
        mistakesAt = Row(middle)
        falsePositives = result.falsePositives.map { Example($0.example) }
        falseNegatives = result.falseNegatives.map { Example($0.example) }
        examples = result.examples.map(Example.init)
        falsePositivePictures = result.falsePositives.map(\.picture)
        falseNegativePictures = result.falseNegatives.map(\.picture)
    }

    private static func note(_ result: EvaluationResult) -> String? {
        guard result.unseen > 0 else { return nil }
        let left = "\(result.unseen) of \(result.examples.count + result.unseen) files were not looked at"
        return "\(result.stop.map(\.description) ?? "The run was interrupted.") So \(left)."
    }

    private enum CodingKeys: String, CodingKey {
        case status, note, task, category, provider, frameInterval, positives, negatives, rocArea, averagePrecision
        case wishes, thresholds, curve, mistakesAt, falsePositives, falseNegatives, examples
    }
}
