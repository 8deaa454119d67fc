import FrameSampling
import KnownContent
import Moderation
import Pipeline

/// All that inputs are checked with; one for any number of inputs.
struct PreparedCheck: Sendable {
    let judge: any ImageJudge
    let tasks: [ModerationTask]
    let policy: Policy
    var sampling: SamplingOptions
    let streams: Check.Streams
    /// Pictures of an input judged at once; `nil` for as many as the judge recommends.
    var concurrency: Int?

    func request(referenceID: String? = nil, originID: String? = nil) -> ModerationRequest {
        ModerationRequest(
            tasks, policy: policy, interval: sampling.interval, referenceID: referenceID, originID: originID)
    }

    /// Checks an input.
    /// - Throws: What `Check.run` throws.
    func run(
        _ input: VideoInput, referenceID: String?, originID: String?, keeping thumbnails: ThumbnailKeeper?,
        stop: StopSignal, progress: @escaping @Sendable (RunProgress) -> Void
    ) async throws -> CheckOutcome {
        let shares = VideoShares()
        let judge = (judge as? KnownContentJudge)?.counting(shares) ?? judge
        var check = Check(
            input: input, judge: judge, request: request(referenceID: referenceID, originID: originID),
            sampling: sampling)
        (check.concurrency, check.streams, check.thumbnails) = (concurrency, streams, thumbnails)
        var outcome = try await check.run(stop: stop, progress: progress)
        outcome.result.knownVideos = shares.shares.isEmpty ? nil : shares.shares
        return outcome
    }
}
