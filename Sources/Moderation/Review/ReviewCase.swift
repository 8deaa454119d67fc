/// A part of a video that a person should look at.
public struct ReviewCase: Codable, Hashable, Sendable {
    /// Why a person should.
    public enum Reason: String, Codable, Hashable, Sendable, CaseIterable {
        /// A segment that counts as KO.
        case ko
        /// A probability in the policy's doubtful band.
        case doubt
        /// Pictures that were not judged.
        case undetermined
        /// Drawn at random among the pictures that are OK.
        case sample
    }

    /// Why a person should look at it.
    public let reason: Reason
    /// The category in question; `nil` if the reason is none of a single category.
    public let category: ContentCategory?
    /// The index of the video stream among all streams of the input; `nil` if unknown.
    public let stream: Int?
    /// The position of the first picture, and of the first one after the last, in ms.
    public internal(set) var start, end: Int
    /// The position of the picture to look at, in ms.
    public internal(set) var peak: Int
    /// The highest probability of the category, 0…1; without a category, that of any.
    public internal(set) var probability: Double?
    /// The highest probability of each judged category, 0…1.
    public internal(set) var scores: [ContentCategory: Double]
    /// The outcome of second looks; `nil` if the policy has none.
    public internal(set) var standing: Standing?
    /// How many such parts it stands for: 1, or more if it was drawn at random.
    public let weight: Double
    /// Why it was not judged, one sentence.
    public let failure: String?

    /// Starts a case with one picture.
    /// - Parameter end: In ms.
    init(
        _ reason: Reason, _ category: ContentCategory?, _ sample: TimelineSample, end: Int, weight: Double = 1
    ) {
        (self.reason, self.category, stream, self.weight) = (reason, category, sample.stream, weight)
        (start, self.end, peak) = (sample.position, end, sample.position)
        let scores = sample.judgement?.probabilities ?? [:]
        self.scores = scores
        probability = category.map { scores[$0] ?? 0 } ?? scores.values.max()
        failure = reason == .undetermined ? sample.failure : nil
    }

    /// Starts the case of a segment that the samples do not show.
    init(_ segment: Segment) {
        (reason, category, stream, weight, failure) = (.ko, segment.category, segment.stream, 1, nil)
        (start, end, peak) = (segment.start, segment.end, segment.peak.position)
        (probability, scores) = (segment.peak.probability, [segment.category: segment.peak.probability])
        standing = segment.standing
    }

    /// Adds a picture.
    /// - Parameter end: In ms.
    /// - Returns: Whether it is the one to look at from now on.
    mutating func extend(_ sample: TimelineSample, end: Int) -> Bool {
        self.end = end
        scores.merge(sample.judgement?.probabilities ?? [:]) { max($0, $1) }
        guard let category, let found = sample.judgement?.probabilities[category], found > probability ?? 0 else {
            return false
        }
        (peak, probability) = (sample.position, found)
        return true
    }
}
