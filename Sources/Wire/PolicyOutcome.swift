import Moderation

/// What a policy makes of an input. Ours: beside a service's own fields, as `framesift`, where a server was given a policy.
public struct PolicyOutcome: Codable, Hashable, Sendable {
    public struct Segment: Codable, Hashable, Sendable {
        public var category: String
        /// ms.
        public var start, end: Int
        /// KO pictures in it.
        public var nbImages: Int
        /// ms, and 0…1.
        public var peakPosition: Int
        public var peakProbability: Double
        /// Number of the video stream; `nil` where nobody said.
        public var stream: Int?

        enum CodingKeys: String, CodingKey {
            case category, start, end, stream
            case nbImages = "nb_images", peakPosition = "peak_position", peakProbability = "peak_probability"
        }
    }

    /// `nil` while nothing is decided yet.
    public var decision: Decision?
    public var segments: [Segment]

    /// - Parameters:
    ///   - decision: `nil` while nothing is decided yet.
    ///   - segments: Those that count.
    public init(_ decision: Decision?, _ segments: [Moderation.Segment]) {
        self.decision = decision
        self.segments = segments.map {
            Segment(
                category: $0.category.rawValue, start: $0.start, end: $0.end, nbImages: $0.count,
                peakPosition: $0.peak.position, peakProbability: $0.peak.probability, stream: $0.stream)
        }
    }
}
