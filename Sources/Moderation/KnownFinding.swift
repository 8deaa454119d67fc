/// What lists of known content say of a picture.
public struct KnownFinding: Hashable, Sendable, Codable {
    /// How much there is to tell the picture by, 0…100; below 50 it is compared with nothing.
    public var quality: Int
    /// The hash of the lists that is nearest; `nil`: none is near.
    public var match: Match?

    /// Where the hash stands, rather than the hash: lists of known content are not for passing on.
    public struct Match: Hashable, Sendable, Codable {
        /// The list's file, without its folders.
        public var list: String
        /// From 1.
        public var line: Int
        /// Bits of 256 that differ.
        public var distance: Int
        /// What makes the picture look like the list's: `none`, `mirrored`, `rotated90` ….
        public var turn: String
        /// Its black bars were cut off first.
        public var barsCut: Bool

        public init(list: String, line: Int, distance: Int, turn: String, barsCut: Bool) {
            self.list = list
            self.line = line
            self.distance = distance
            self.turn = turn
            self.barsCut = barsCut
        }
    }

    public init(quality: Int, match: Match? = nil) {
        self.quality = quality
        self.match = match
    }
}

extension Judgement {
    /// Whether the picture is on a list of known content.
    public var isKnown: Bool { (probabilities[.knownContent] ?? 0) >= 0.5 }
}

/// How much of a video was found in a list that is a video itself.
public struct KnownVideo: Hashable, Sendable, Codable {
    /// The list's file, without its folders.
    public var list: String
    /// Of the video: pictures that were compared, and those that are near to some frame of the list.
    public var pictures, picturesMatched: Int
    /// Of the list: frames good enough to be compared, and those that some picture is near to.
    public var frames, framesFound: Int
    /// At least 80 % of the pictures matched: it is that video, or a part of it.
    public var isKnown: Bool

    public init(list: String, pictures: Int, picturesMatched: Int, frames: Int, framesFound: Int) {
        self.list = list
        self.pictures = pictures
        self.picturesMatched = picturesMatched
        self.frames = frames
        self.framesFound = framesFound
        isKnown = pictures > 0 && picturesMatched * 5 >= pictures * 4
    }
}
