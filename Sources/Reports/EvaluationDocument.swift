import Foundation
import Moderation

/// How well a judge tells labelled examples apart, as it is saved and exchanged: JSON, snake_case, positions in ms. Every
/// other form is made of it.
public struct EvaluationDocument: Encodable, Sendable {
    /// So many of so many, with the 95 % score interval (Wilson) of the share.
    public struct Rate: Encodable, Hashable, Sendable {
        public var count, total: Int
        /// 0…1; `nil` of nothing.
        public var rate, low, high: Double?

        init(_ proportion: Proportion) {
            (count, total, rate) = (proportion.count, proportion.total, proportion.share)
            (low, high) = (proportion.interval?.lowerBound, proportion.interval?.upperBound)
        }
    }

    public struct Row: Encodable, Hashable, Sendable {
        public var threshold: Double
        public var truePositiveRate, falsePositiveRate, precision: Rate

        init(_ point: Evaluation.OperatingPoint) {
            threshold = point.threshold
            truePositiveRate = Rate(point.truePositiveRate)
            falsePositiveRate = Rate(point.falsePositiveRate)
            precision = Rate(point.precision)
        }
    }

    /// A rate that was wished for, and the threshold that keeps it.
    public struct Wish: Encodable, Hashable, Sendable {
        public enum Kind: String, Encodable, Sendable {
            case maxFalsePositives = "max_false_positives"
            case minRecall = "min_recall"
        }
        public var kind: Kind
        /// 0…1.
        public var rate: Double
        /// `nil` where no threshold keeps it.
        public var row: Row?
    }

    public struct Counts: Encodable, Hashable, Sendable {
        public var judged, unjudged: Int
    }

    /// A threshold and its rates, without intervals, since there may be as many as examples.
    public struct CurvePoint: Encodable, Hashable, Sendable {
        public var threshold, truePositiveRate, falsePositiveRate: Double
        public var precision: Double?
    }

    public struct Example: Encodable, Hashable, Sendable {
        public var name, label: String
        public var score: Double?
        /// ms.
        public var position: Int?
        public var error: String?

        init(_ example: EvaluationResult.Example) {
            name = example.name
            label = example.isPositive ? "positive" : "negative"
            (score, position, error) = (example.score, example.position, example.failure)
        }
    }

    /// `success`, or `partial` where the run ended before all files were looked at.
    public var status: ModerationResult.Status
    /// Why it is partial, one sentence.
    public var note: String?
    public var task, category: String
    public var provider: JudgeIdentity
    public var frameInterval: Double
    public var positives, negatives: Counts
    /// Area under the ROC curve; mean of the precisions, weighted by recall gained. 0…1.
    public var rocArea, averagePrecision: Double?
    public var wishes: [Wish]
    /// At 0, 0.05 … 1.
    public var thresholds: [Row]
    /// Each score as a threshold, the highest first; empty where there are not examples of both kinds.
    public var curve: [CurvePoint]
    /// For what is a mistake.
    public var mistakesAt: Row
    /// The worst first, at most so many.
    public var falsePositives, falseNegatives: [Example]
    public var examples: [Example]

    /// JPEGs of the mistakes, in their order, for the page; no part of the JSON.
    let falsePositivePictures, falseNegativePictures: [[UInt8]?]

    /// - Parameters:
    ///   - maxFalsePositives, minRecall: Rates that are wished for, 0…1.
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

    /// JSON text, ending in a newline.
    public func json() throws -> String {
        String(decoding: try ModerationResult.encoder(pretty: true).encode(self), as: UTF8.self) + "\n"
    }
}
