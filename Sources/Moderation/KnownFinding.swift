/// The result of comparing a picture with lists of known content.
public struct KnownFinding: Hashable, Sendable, Codable {
    /// How much detail the picture has, 0…100. Below 50 it is not compared.
    public var quality: Int
    /// The nearest hash; `nil` if none is near.
    public var match: Match?

    /// The place of a hash. Not the hash itself, because lists of known content are confidential.
    public struct Match: Hashable, Sendable, Codable {
        /// The name of the list's file, without its folders.
        public var list: String
        /// From 1.
        public var line: Int
        /// The number of bits of 256 that differ.
        public var distance: Int
        /// The rotation or mirroring that made the picture match: `none`, `mirrored`, `rotated90` ….
        public var turn: String
        /// Whether black bars were removed first.
        public var barsCut: Bool

        /// See the properties of the same names.
        public init(list: String, line: Int, distance: Int, turn: String, barsCut: Bool) {
            (self.list, self.line, self.distance) = (list, line, distance)
            (self.turn, self.barsCut) = (turn, barsCut)
        }
    }

    /// See the properties of the same names.
    public init(quality: Int, match: Match? = nil) { (self.quality, self.match) = (quality, match) }
}

extension Judgement {
    /// Whether the picture matches a list of known content.
    public var isKnown: Bool { (probabilities[.knownContent] ?? 0) >= 0.5 }
}

/// How much of a video was found in a list that is itself a video.
public struct KnownVideo: Hashable, Sendable, Codable {
    /// The name of the list's file, without its folders.
    public var list: String
    /// The number of pictures of the video that were compared, and how many of them matched a frame of the list.
    public var pictures, picturesMatched: Int
    /// The number of frames of the list that can be compared, and how many of them matched a picture.
    public var frames, framesFound: Int
    /// Whether the video is the list's video or a part of it: at least 80% of the pictures matched.
    public var isKnown: Bool

    /// See the properties of the same names.
    public init(list: String, pictures: Int, picturesMatched: Int, frames: Int, framesFound: Int) {
        (self.list, self.pictures, self.picturesMatched) = (list, pictures, picturesMatched)
        (self.frames, self.framesFound) = (frames, framesFound)
        isKnown = pictures > 0 && picturesMatched * 5 >= pictures * 4
    }
}
