import FrameSampling
import Moderation
import Runtime

/// One live stream, who judges it, what to look for and how to decide.
public struct Watch: Sendable {
    public var input: VideoInput
    /// In events. Default: the input's name, without credentials and query.
    public var name: String
    public var judge: any ImageJudge
    public let request: ModerationRequest
    /// Its interval is the request's.
    public var sampling: LiveOptions
    public var supervision = SupervisionRules()
    /// Pictures of this stream judged at once.
    public var concurrency = 2
    /// An event for every position.
    public var tellsFrames = false
    /// Where pictures and clips of hits go.
    public var evidence: EvidenceFolder?
    /// Watches this long, from the start on. `nil`: until the stream ends.
    public var duration: Duration?
    /// Position of the first picture, for streams that were watched before, ms. Default 0.
    public var begin = 0

    /// - Parameters:
    ///   - sampling: Its interval is replaced by the request's.
    public init(
        input: VideoInput, judge: any ImageJudge, request: ModerationRequest, sampling: LiveOptions = LiveOptions()
    ) {
        self.input = input
        name = input.name
        self.judge = judge
        self.request = request
        self.sampling = sampling
        self.sampling.interval = request.interval
    }

    /// Watches until the stream is over, the time is up, or somebody stops it; then within a second.
    /// - Parameters:
    ///   - stop: Ends the watch.
    ///   - clock: Time and chance.
    ///   - listener: Hears what happens; what it does is waited for.
    public func run(
        stop: StopSignal = StopSignal(), clock: TimeSource = .system, listener: WatchListener
    ) async -> WatchOutcome {
        await StreamRun(self, clock, listener).run(stop)
    }
}

/// Who hears of a watch.
public struct WatchListener: Sendable {
    /// Each event, in order.
    public var event: @Sendable (LiveEvent) async -> Void
    /// Each position once it was decided, in order.
    public var sample: @Sendable (TimelineSample) async -> Void
    /// How the stream is doing, some times a second. Has to be quick.
    public var status: @Sendable (StreamStatus) -> Void

    public init(
        event: @escaping @Sendable (LiveEvent) async -> Void,
        sample: @escaping @Sendable (TimelineSample) async -> Void = { _ in },
        status: @escaping @Sendable (StreamStatus) -> Void = { _ in }
    ) {
        self.event = event
        self.sample = sample
        self.status = status
    }
}

/// How a stream is doing just now.
public struct StreamStatus: Hashable, Sendable {
    public var stream: String
    public var state: StreamState
    public var tally: Tally
    /// Of the video stream, since the first connection.
    public var packetsRead: Int
    /// ms, of the newest event that is about a picture.
    public var lag: Int?
    /// ms, where the last KO sample was.
    public var lastHit: Int?
}

/// How a watch ended.
public struct WatchOutcome: Sendable {
    public let summary: LiveSummary
    /// The judge ended it.
    public let stop: JudgeStop?
    /// Somebody stopped it.
    public let wasStopped: Bool
    /// The last connection's error, where that is why it failed.
    public let failure: FrameSamplingError?
    /// The video streams of the last connection; one of them was watched. Empty where nobody here saw them.
    public var streams: [VideoStream] = []
}
