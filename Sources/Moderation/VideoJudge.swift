/// Where a whole video is, for a service that fetches or is sent it.
public enum VideoReference: Hashable, Sendable {
    case file(path: String)
    case address(String)
}

/// What a service takes as a whole video.
public struct VideoLimits: Hashable, Sendable {
    /// Bytes.
    public var maxUpload: Int
    /// `nil`: any length.
    public var longest: Duration?

    public init(maxUpload: Int, longest: Duration?) {
        self.maxUpload = maxUpload
        self.longest = longest
    }
}

/// A picture that a service took of a video, and what it said of it.
public struct NativeFrame: Hashable, Sendable {
    /// ms.
    public let position: Int
    /// `nil` when it could not judge it.
    public let judgement: Judgement?

    public init(position: Int, judgement: Judgement?) {
        self.position = position
        self.judgement = judgement
    }
}

/// Judges a whole video itself: a service's native video endpoint.
public protocol VideoJudge: Sendable {
    var identity: JudgeIdentity { get }
    var categories: Set<Category> { get }
    var limits: VideoLimits { get }
    var spending: Spending? { get }
    /// What it bills for so many pictures, as documented.
    func operations(positions: Int, for categories: Set<Category>) -> Int
    /// - Parameters:
    ///   - interval: Seconds between pictures.
    ///   - duration: As the header says; `nil` where nobody has looked.
    /// Throws what keeps it from judging.
    func judge(
        _ video: VideoReference, interval: Double, duration: Duration?, for categories: Set<Category>
    ) async throws -> [NativeFrame]
}
