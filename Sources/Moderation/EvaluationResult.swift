/// The result of judging labeled examples.
public struct EvaluationResult: Hashable, Sendable {
    /// A labeled file.
    public struct Example: Hashable, Sendable {
        /// The file's name as used in reports.
        public let name: String
        /// Whether the file shows the category.
        public let isPositive: Bool
        /// The highest probability of all samples, 0…1. `nil` unless all samples were judged.
        public let score: Double?
        /// The position of that sample, in ms; `nil` for a still image.
        public let position: Int?
        /// Why there is no score.
        public let failure: String?

        /// See the properties of the same names.
        public init(name: String, isPositive: Bool, score: Double?, position: Int? = nil, failure: String? = nil) {
            (self.name, self.isPositive) = (name, isPositive)
            (self.score, self.position, self.failure) = (score, position, failure)
        }
    }

    /// An example on the wrong side of the threshold.
    public struct Mistake: Hashable, Sendable {
        /// The example.
        public let example: Example
        /// A small JPEG of the sample with the highest score; `nil` if none was kept.
        public let picture: [UInt8]?

        /// See the properties of the same names.
        public init(example: Example, picture: [UInt8]?) { (self.example, self.picture) = (example, picture) }
    }

    /// The task as requested.
    public var task: ModerationTask
    /// The category of the task that was scored.
    public var category: ContentCategory
    /// The judge.
    public var provider: JudgeIdentity
    /// The time between samples of a video, in seconds.
    public var frameInterval: Double
    /// The threshold that determines the mistakes, 0…1.
    public var threshold: Double
    /// In the order of the files.
    public var examples: [Example]
    /// The worst mistakes first. Limited to a number that a person can review.
    public var falsePositives, falseNegatives: [Mistake]
    /// The number of files not judged because the run ended early.
    public var unseen: Int
    /// Whether the user ended the run early.
    public var wasInterrupted: Bool
    /// Why the judge ended the run early, if it did.
    public var stop: JudgeStop?

    /// See the properties of the same names.
    public init(
        task: ModerationTask, category: ContentCategory, provider: JudgeIdentity, frameInterval: Double,
        threshold: Double,
        examples: [Example], falsePositives: [Mistake], falseNegatives: [Mistake], unseen: Int = 0,
        wasInterrupted: Bool = false, stop: JudgeStop? = nil
    ) {
        (self.task, self.category, self.provider) = (task, category, provider)
        (self.frameInterval, self.threshold, self.examples) = (frameInterval, threshold, examples)
        (self.falsePositives, self.falseNegatives) = (falsePositives, falseNegatives)
        (self.unseen, self.wasInterrupted, self.stop) = (unseen, wasInterrupted, stop)
    }

    /// The rates and curves of the examples.
    public var evaluation: Evaluation {
        Evaluation(
            positives: examples.filter(\.isPositive).map(\.score),
            negatives: examples.filter { !$0.isPositive }.map(\.score))
    }
}
