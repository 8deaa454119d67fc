/// A second, denser look around hits, and around what almost was one: a hit stands if enough of the pictures beside it
/// agree, and its segment begins and ends where they say.
///
/// With independent errors of 6 % a picture, 60 clean pictures hold a hit in 97.6 % of videos; that 6 of the 18 pictures
/// beside one err as well happens to 0.05 % of those hits. What is shown for less than `agree` of twice the frame interval is
/// not confirmed.
public struct Confirmation: Codable, Hashable, Sendable {
    /// ms between the pictures of the second look; has to be less than the frame interval to show anything. Default 100.
    public var interval: Int
    /// The share of them that have to be hits as well, more than 0, at most 1. Default 0.3.
    public var agree: Double
    /// Probabilities so far below the threshold are doubtful, and looked at again as well. Default 0.1.
    public var doubt: Double
    /// Pictures that all second looks at a video may judge together. What is left over stays unconfirmed. Default 2000.
    public var mostPictures: Int

    public init(interval: Int = 100, agree: Double = 0.3, doubt: Double = 0.1, mostPictures: Int = 2000) {
        self.interval = interval
        self.agree = agree
        self.doubt = doubt
        self.mostPictures = mostPictures
    }

    /// What the pictures of a second look say together. Fewer than half of those expected say nothing.
    /// - Parameters:
    ///   - hits: How many of the pictures are hits.
    ///   - pictures: How many were judged.
    ///   - expected: How many the look should have had.
    public func standing(hits: Int, of pictures: Int, expected: Int) -> Standing {
        guard expected > 0, pictures * 2 >= expected else { return .unconfirmed }
        return hits > 0 && Double(hits) >= agree * Double(pictures) ? .confirmed : .refuted
    }

    /// The same for samples that are no hits by themselves: more than half of the pictures next to them have to be, so that
    /// what begins just beside one does not make it a hit.
    public func standingOfDoubtful(hits: Int, of pictures: Int, expected: Int) -> Standing {
        let standing = standing(hits: hits, of: pictures, expected: expected)
        return standing == .confirmed && hits * 2 <= pictures ? .refuted : standing
    }

    /// Pictures strictly between two positions (ms).
    public func pictures(between start: Int, and end: Int) -> Int { max(0, (end - start - 1) / interval) }
}

/// What became of a hit.
public enum Standing: String, Hashable, Sendable, Codable {
    /// The pictures beside it agree.
    case confirmed
    /// It was not looked at again, or not at enough pictures. It counts.
    case unconfirmed
    /// The pictures beside it disagree. It does not count.
    case refuted
    /// Its segment is shorter than the policy's `minDuration`. It does not count.
    case brief

    /// Makes a picture KO.
    public var counts: Bool { self == .confirmed || self == .unconfirmed }
}

/// A picture of a second look, between two samples.
public struct DenseSample: Hashable, Sendable {
    /// ms since the first picture.
    public let position: Int
    public let time: MediaTime?
    public let judgement: Judgement?
    /// Why there is no judgement.
    public let failure: String?

    public init(position: Int, time: MediaTime?, judgement: Judgement?, failure: String? = nil) {
        self.position = position
        self.time = time
        self.judgement = judgement
        self.failure = failure
    }

    /// - Parameter offset: Where its position 0 lies, ms.
    public init(_ sample: TimelineSample, offset: Int = 0) {
        self.init(
            position: sample.position + offset, time: sample.time, judgement: sample.judgement, failure: sample.failure)
    }
}
