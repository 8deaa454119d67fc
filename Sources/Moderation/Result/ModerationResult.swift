/// Everything that a moderation has to say, as it is saved and exchanged: JSON, snake_case, positions in ms. Every other
/// format is made of it.
public struct ModerationResult: Codable, Hashable, Sendable {
    public enum Status: String, Codable, Hashable, Sendable {
        case success
        /// Not all of the input was seen: it is truncated or broke off, or the run was interrupted or limited.
        case partial
        case failure
    }

    public struct Frame: Codable, Hashable, Sendable {
        public struct Info: Codable, Hashable, Sendable {
            public var id: String
            /// ms since the first picture.
            public var position: Int
            public var pts: Int64?
            public var timeBase: TimeBase?
            /// Number of its video stream among the input's streams; `nil` where nobody said.
            public var stream: Int?
        }
        public var info: Info
        public var decision: Decision
        public var confidence: Double?
        /// Category → probability; what was not judged is absent.
        public var scores: [String: Double]
        /// Harmful categories that it shows.
        public var rejectCriteria: [String]
        /// What became of its hits, by category, where the policy looks at more than one picture.
        public var hits: [String: Standing]?
        public var details: Findings?
        public var reused: Bool
        public var error: String?
    }

    public struct PolicySummary: Codable, Hashable, Sendable {
        public struct Confirm: Codable, Hashable, Sendable {
            /// Seconds.
            public var interval: Double
            public var agree, doubt: Double
            public var mostPictures: Int
        }
        public var threshold: Double
        public var thresholds: [String: Double]
        public var decision: String
        /// Seconds.
        public var gap: Double
        /// `nil` where hits end at the threshold.
        public var closeThreshold: Double?
        public var closeThresholds: [String: Double]?
        /// Seconds; `nil`: any.
        public var minDuration: Double?
        /// `nil`: no second look.
        public var confirm: Confirm?
        /// Bits by which known content may differ; `nil`: as usual.
        public var knownDistance: Int?
    }

    /// What second looks saw.
    public struct Confirmation: Codable, Hashable, Sendable {
        public struct Frame: Codable, Hashable, Sendable {
            /// ms.
            public var position: Int
            public var pts: Int64?
            public var timeBase: TimeBase?
            public var scores: [String: Double]
            public var error: String?
        }
        /// Pictures that were looked at, between the others; not among `nb_images`.
        public var nbImages: Int
        /// Of the frames with hits: how many each.
        public var confirmed, unconfirmed, refuted: Int
        public var frames: [Frame]
    }

    /// What this format is called now. What is of no version was written before there were any, and has the same fields.
    public static let currentVersion = 1

    /// Of the format; `nil` where it was written before there were any.
    public var version: Int? = currentVersion
    public var status: Status
    /// Why the status is not success, one sentence.
    public var note: String?
    public var finalDecision: Decision
    public var confidenceScoreDecision: Double?
    public var nbImages, nbImagesOk, nbImagesKo, nbImagesUndetermined: Int
    /// Task names that made some picture KO.
    public var rejectCriteria: [String]
    /// Task names as asked, joined by commas.
    public var taskCall: String
    /// Task name → its categories.
    public var tasks: [String: [String]]
    /// Seconds.
    public var frameInterval: Double
    public var sampling: Sampling
    public var media: Media
    public var provider: JudgeIdentity
    public var policy: PolicySummary
    public var segments: [Segment]
    /// Segments that do not count: refuted, or too short for the policy. `nil` where it dismisses none.
    public var dismissed: [Segment]?
    /// `nil` where the policy asks for none.
    public var confirmation: Confirmation?
    /// All of the input was seen; `nil` in results of old.
    public var complete: Bool?
    public var categories: [String: CategorySummary]
    public var frames: [Frame]
    public var cost: Cost
    public var timing: Timing
    /// Seconds.
    public var totalComputeTime: Double
    /// Lists of known videos of which something was seen; `nil` where there are none.
    public var knownVideos: [KnownVideo]?
}
