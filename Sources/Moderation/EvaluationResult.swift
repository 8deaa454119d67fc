/// What came of judging labelled examples.
public struct EvaluationResult: Hashable, Sendable {
    public struct Example: Hashable, Sendable {
        /// The file's, as it stands in reports.
        public let name: String
        public let isPositive: Bool
        /// The highest probability (0…1) over its samples; `nil` where not every one of them was judged, since then nobody
        /// knows it.
        public let score: Double?
        /// Where that was, ms; `nil` in a still image.
        public let position: Int?
        /// Why there is no score.
        public let failure: String?

        public init(name: String, isPositive: Bool, score: Double?, position: Int? = nil, failure: String? = nil) {
            self.name = name
            self.isPositive = isPositive
            self.score = score
            self.position = position
            self.failure = failure
        }
    }

    /// An example on the wrong side of the threshold.
    public struct Mistake: Hashable, Sendable {
        public let example: Example
        /// A small JPEG of where it scores highest; `nil` where none was kept.
        public let picture: [UInt8]?

        public init(example: Example, picture: [UInt8]?) {
            self.example = example
            self.picture = picture
        }
    }

    public var task: ModerationTask
    /// The one of the task's that was scored.
    public var category: Category
    public var provider: JudgeIdentity
    /// Seconds between samples of a video.
    public var frameInterval: Double
    /// From here on a score counts as a hit, for what is a mistake. 0…1.
    public var threshold: Double
    /// In the order of the files.
    public var examples: [Example]
    /// The worst first, and no more than a person looks through.
    public var falsePositives, falseNegatives: [Mistake]
    /// Files that were not looked at, because the run ended early.
    public var unseen: Int
    /// Somebody ended it early.
    public var wasInterrupted: Bool
    /// The judge ended it early.
    public var stop: JudgeStop?

    public init(
        task: ModerationTask, category: Category, provider: JudgeIdentity, frameInterval: Double, threshold: Double,
        examples: [Example], falsePositives: [Mistake], falseNegatives: [Mistake], unseen: Int = 0,
        wasInterrupted: Bool = false, stop: JudgeStop? = nil
    ) {
        self.task = task
        self.category = category
        self.provider = provider
        self.frameInterval = frameInterval
        self.threshold = threshold
        self.examples = examples
        self.falsePositives = falsePositives
        self.falseNegatives = falseNegatives
        self.unseen = unseen
        self.wasInterrupted = wasInterrupted
        self.stop = stop
    }

    public var evaluation: Evaluation {
        Evaluation(
            positives: examples.filter(\.isPositive).map(\.score),
            negatives: examples.filter { !$0.isPositive }.map(\.score))
    }
}
