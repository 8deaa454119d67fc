/// A whole video to judge.
public enum VideoReference: Hashable, Sendable {
    /// A local file, which is uploaded.
    case file(path: String)
    /// An address from which the service fetches the video.
    case address(String)
}

/// A picture that a service sampled from a video.
public struct NativeFrame: Hashable, Sendable {
    /// In ms.
    public let position: Int
    /// `nil` if the service could not judge the picture.
    public let judgement: Judgement?

    /// See the properties of the same names.
    public init(position: Int, judgement: Judgement?) { (self.position, self.judgement) = (position, judgement) }
}

/// Judges whole videos, which it samples itself: a service's native video endpoint.
public protocol VideoJudge: Sendable {
    /// Name and version, as used in reports.
    var identity: JudgeIdentity { get }
    /// All categories it can judge.
    var categories: Set<ContentCategory> { get }
    /// The maximum size of an uploaded file, in bytes.
    var maxUpload: Int { get }
    /// The cost so far; `nil` if not counted.
    var spending: Spending? { get }
    /// Returns the units billed for a number of pictures, as documented.
    func operations(positions: Int, for categories: Set<ContentCategory>) -> Int
    /// Judges a video.
    /// - Parameters:
    ///   - video: The video to upload or to fetch.
    ///   - interval: The time between pictures, in seconds.
    ///   - duration: According to the header; `nil` if unknown.
    ///   - categories: The categories to look for.
    /// - Returns: The sampled pictures, in order of position.
    /// - Throws: `JudgeStop`, or another error if it cannot judge this video.
    func judge(
        _ video: VideoReference, interval: Double, duration: Duration?, for categories: Set<ContentCategory>
    ) async throws -> [NativeFrame]
    /// Follows a live stream until it ends. Canceling the task stops the service too.
    /// - Parameters:
    ///   - address: The stream, which the service reads itself.
    ///   - interval: The time between pictures, in seconds.
    ///   - categories: The categories to look for.
    ///   - frames: Called with sampled pictures as they arrive, in order of position.
    /// - Throws: `JudgeStop` if it does not support live streams, or another error if it cannot judge this one.
    func follow(
        _ address: String, interval: Double, for categories: Set<ContentCategory>,
        frames: @escaping @Sendable ([NativeFrame]) async -> Void
    ) async throws
}
