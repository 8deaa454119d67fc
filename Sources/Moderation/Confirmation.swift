/// Settings for second looks, which judge pictures densely around hits and near-hits.
///
/// A hit is confirmed if enough of the pictures around it agree. They also determine where its segment starts and ends.
///
/// With an independent error rate of 6% per picture, 97.6% of videos with 60 clean pictures have a false hit. Only for
/// 0.05% of those hits do 6 of the 18 pictures around them have errors too. On the other hand, an event is not confirmed
/// if it is shorter than `agree` times twice the frame interval.
public struct Confirmation: Codable, Hashable, Sendable {
    /// The time between pictures of a second look, in ms. Has no effect unless less than the frame interval. Default 100.
    public var interval: Int
    /// The share of these pictures that must be hits too, more than 0 and at most 1. Default 0.3.
    public var agree: Double
    /// Samples at most this far below the threshold are doubtful, and get a second look too. Default 0.1.
    public var doubt: Double
    /// The maximum number of pictures judged in all second looks at a video. Further hits stay unconfirmed. Default 2000.
    public var maxPictures: Int

    /// See the properties of the same names.
    public init(interval: Int = 100, agree: Double = 0.3, doubt: Double = 0.1, maxPictures: Int = 2000) {
        (self.interval, self.agree, self.doubt, self.maxPictures) = (interval, agree, doubt, maxPictures)
    }

    /// Decides on a hit.
    /// - Parameters:
    ///   - hits: The number of pictures of the second look that are hits.
    ///   - pictures: The number of pictures that were judged.
    ///   - expected: The number of pictures that the second look should have.
    /// - Returns: `.unconfirmed` if fewer than half of the expected pictures were judged.
    public func standing(hits: Int, of pictures: Int, expected: Int) -> Standing {
        guard expected > 0, pictures * 2 >= expected else { return .unconfirmed }
        return hits > 0 && Double(hits) >= agree * Double(pictures) ? .confirmed : .refuted
    }

    /// Decides on a doubtful sample. More than half of the pictures next to it must be hits. Otherwise an event that begins
    /// just beside the sample would make it a hit. The parameters are those of `standing`.
    public func standingOfDoubtful(hits: Int, of pictures: Int, expected: Int) -> Standing {
        let standing = standing(hits: hits, of: pictures, expected: expected)
        return standing == .confirmed && hits * 2 <= pictures ? .refuted : standing
    }

    /// The number of pictures strictly between two positions, both in ms.
    public func pictures(between start: Int, and end: Int) -> Int { max(0, (end - start - 1) / interval) }
}

/// The outcome of second looks and other checks for a hit.
public enum Standing: String, Hashable, Sendable, Codable {
    /// The pictures around it agree. It counts.
    case confirmed
    /// There was no second look, or too few pictures were judged. It counts.
    case unconfirmed
    /// The pictures around it disagree. It does not count.
    case refuted
    /// Its segment is shorter than the policy's `minDuration`. It does not count.
    case brief

    /// Whether the hit makes its picture KO.
    public var counts: Bool { self == .confirmed || self == .unconfirmed }
}

/// A picture of a second look, between two samples.
public struct DenseSample: Hashable, Sendable {
    /// In ms since the first picture.
    public let position: Int
    /// The picture's own timestamp; `nil` if there was no picture.
    public let time: MediaTime?
    /// `nil` if the picture could not be judged.
    public let judgement: Judgement?
    /// Why there is no judgement.
    public let failure: String?

    /// See the properties of the same names.
    public init(position: Int, time: MediaTime?, judgement: Judgement?, failure: String? = nil) {
        (self.position, self.time, self.judgement, self.failure) = (position, time, judgement, failure)
    }

    /// Converts a sample of a second look.
    /// - Parameter offset: Added to its position, in ms.
    public init(_ sample: TimelineSample, offset: Int = 0) {
        self.init(
            position: sample.position + offset, time: sample.time, judgement: sample.judgement, failure: sample.failure)
    }
}
