import Moderation

/// What a policy decides on an input. A server with a policy adds it to a service's own fields, as `framesift`.
public struct PolicyOutcome: Codable, Hashable, Sendable {
    /// A segment that counts.
    public struct Segment: Codable, Hashable, Sendable {
        /// The unified name.
        public var category: String
        /// In ms; the end is exclusive.
        public var start, end: Int
        /// The number of KO pictures in it.
        public var nbImages: Int
        /// Where its highest probability is, in ms.
        public var peakPosition: Int
        /// 0…1.
        public var peakProbability: Double
        /// The number of the video stream, if known.
        public var stream: Int?

        enum CodingKeys: String, CodingKey {
            case category, start, end, stream
            case nbImages = "nb_images", peakPosition = "peak_position", peakProbability = "peak_probability"
        }
    }

    /// `nil` while undecided.
    public var decision: Decision?
    /// By start and then category.
    public var segments: [Segment]

    /// - Parameters:
    ///   - decision: `nil` while undecided.
    ///   - segments: The segments that count.
    public init(_ decision: Decision?, _ segments: [Moderation.Segment]) {
        self.decision = decision
        self.segments = segments.map {
            Segment(
                category: $0.category.rawValue, start: $0.start, end: $0.end, nbImages: $0.count,
                peakPosition: $0.peak.position, peakProbability: $0.peak.probability, stream: $0.stream)
        }
    }
}
