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
    /// Follows a live stream that the judge reads itself: hands over what it saw, in order of position, as it tells it, and
    /// returns when the stream is over. When cancelled it stops the judge, too. Throws what keeps it from judging, and
    /// `JudgeStop` where it follows no streams.
    func follow(
        _ address: String, interval: Double, for categories: Set<Category>,
        frames: @escaping @Sendable ([NativeFrame]) async -> Void
    ) async throws
}

extension VideoJudge {
    public func follow(
        _ address: String, interval: Double, for categories: Set<Category>,
        frames: @escaping @Sendable ([NativeFrame]) async -> Void
    ) async throws {
        throw JudgeStop(.unavailable, "\(identity.name) follows no live streams by itself; use --mode frames.")
    }
}
