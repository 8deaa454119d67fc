/// The complete result of a moderation. Saved and exchanged as JSON with snake_case keys; all other report formats are
/// generated from it. Result.md describes each field.
public struct ModerationResult: Codable, Hashable, Sendable {
    /// How much of the input was judged.
    public enum Status: String, Codable, Hashable, Sendable {
        /// All of it.
        case success
        /// A part: the input is truncated or broke off, or the run was interrupted or limited.
        case partial
        /// Nothing.
        case failure
    }

    /// A sampled position.
    public struct Frame: Codable, Hashable, Sendable {
        /// Identifies the frame.
        public struct Info: Codable, Hashable, Sendable {
            /// The media ID, an underscore, and the number of the frame from 1.
            public var id: String
            /// In ms since the first picture.
            public var position: Int
            /// The picture's timestamp; `nil` without a picture.
            public var pts: Int64?, timeBase: TimeBase?
            /// The index of the video stream among all streams of the input; `nil` if unknown.
            public var stream: Int?
        }
        /// Identifies the frame.
        public var info: Info
        /// The decision on the frame, and confidence in it as in `Verdict.confidence`.
        public var decision: Decision, confidence: Double?
        /// The probability of each judged category, 0…1.
        public var scores: [String: Double]
        /// The harmful categories that are hits.
        public var rejectCriteria: [String]
        /// The outcome for each hit, if the policy considers several pictures.
        public var hits: [String: Standing]?
        /// Details, such as faces and texts; `nil` if there are none.
        public var details: Findings?
        /// Whether the picture is the same as at the previous position.
        public var reused: Bool
        /// Why the frame was not judged.
        public var error: String?
    }

    /// The policy that was applied. See `Policy` for the properties of the same names.
    public struct PolicySummary: Codable, Hashable, Sendable {
        /// See `Moderation.Confirmation` for the properties of the same names.
        public struct Confirm: Codable, Hashable, Sendable {
            /// In seconds.
            public var interval: Double
            /// Shares, 0…1.
            public var agree, doubt: Double
            /// The maximum number of pictures.
            public var mostPictures: Int
        }
        /// 0…1.
        public var threshold: Double
        /// 0…1, by category.
        public var thresholds: [String: Double]
        /// The rule as text.
        public var decision: String
        /// In seconds.
        public var gap: Double
        /// 0…1; `nil`: the threshold.
        public var closeThreshold: Double?
        /// 0…1, by category.
        public var closeThresholds: [String: Double]?
        /// In seconds; `nil`: 0.
        public var minDuration: Double?
        /// `nil`: no second looks.
        public var confirm: Confirm?
        /// In bits; `nil`: the default.
        public var knownDistance: Int?
    }

    /// The results of second looks.
    public struct Confirmation: Codable, Hashable, Sendable {
        /// A picture of a second look.
        public struct Frame: Codable, Hashable, Sendable {
            /// In ms since the first picture.
            public var position: Int
            /// The picture's timestamp.
            public var pts: Int64?, timeBase: TimeBase?
            /// The probability of each judged category, 0…1.
            public var scores: [String: Double]
            /// Why the picture was not judged.
            public var error: String?
        }
        /// The number of pictures. They are not included in the result's `nbImages`.
        public var nbImages: Int
        /// The number of sampled frames that have hits with each outcome.
        public var confirmed, unconfirmed, refuted: Int
        /// The pictures, in order of position.
        public var frames: [Frame]
    }

    /// The current version of the format. Older results without a version have the same fields.
    public static let currentVersion = 1

    /// The version of the format; `nil` in older results.
    public var version: Int? = currentVersion
    /// How much of the input was judged.
    public var status: Status
    /// One sentence on why the status is not `success`.
    public var note: String?
    /// The decision on the input, and confidence in it as in `Timeline.confidence`.
    public var finalDecision: Decision, confidenceScoreDecision: Double?
    /// The number of frames, and of those with each decision.
    public var nbImages, nbImagesOk, nbImagesKo, nbImagesUndetermined: Int
    /// The names of tasks that made any frame KO.
    public var rejectCriteria: [String]
    /// The names of the requested tasks, separated by commas.
    public var taskCall: String
    /// The categories of each task, by its name.
    public var tasks: [String: [String]]
    /// The time between frames, in seconds.
    public var frameInterval: Double
    /// How frames were sampled, and from which input.
    public var sampling: Sampling, media: Media
    /// The judge, and the policy that was applied.
    public var provider: JudgeIdentity, policy: PolicySummary
    /// The segments that count, by start.
    public var segments: [Segment]
    /// The segments that do not count: refuted, or too short. `nil` if the policy dismisses none.
    public var dismissed: [Segment]?
    /// The results of second looks; `nil` if the policy has none.
    public var confirmation: Confirmation?
    /// Whether all of the input was seen; `nil` in older results.
    public var complete: Bool?
    /// Statistics by category.
    public var categories: [String: CategorySummary]
    /// All sampled positions, in order.
    public var frames: [Frame]
    /// What the run cost, and how long it took.
    public var cost: Cost, timing: Timing
    /// The duration of the run, in seconds.
    public var totalComputeTime: Double
    /// The known videos that were found in the input; `nil` if there are none.
    public var knownVideos: [KnownVideo]?
}
