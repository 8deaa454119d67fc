import FrameSampling
import Moderation
import Runtime

/// Watches a live stream with a judge, tasks and a policy.
public struct Watch: Sendable {
    /// The stream.
    public var input: VideoInput
    /// The stream's name in events. Default: the input's name, without credentials and query.
    public var name: String
    /// Judges the pictures.
    public var judge: any ImageJudge
    /// What is asked of the judge, and how it is decided.
    public let request: ModerationRequest
    /// Which pictures are judged, and limits. The interval is that of the request.
    public var sampling: LiveOptions
    /// When to reconnect and to give up.
    public var supervision = SupervisionRules()
    /// The most pictures of this stream judged at once. Default 2.
    public var concurrency = 2
    /// Whether to emit an event for every position. Default false.
    public var tellsFrames = false
    /// Where to keep pictures and clips of hits; `nil` to keep none.
    public var evidence: (any EvidencePlace)?
    /// Hears of each judged picture; `nil` for nobody.
    public var pictures: (any PictureListener)?
    /// What becomes of actions about this stream, to be told among its events; `nil` if there are none.
    public var actionNews: ActionNews?
    /// How long to watch from the start; `nil` to watch until the stream ends.
    public var duration: Duration?
    /// The position of the first picture in ms, for streams that were watched before. Default 0.
    public var begin = 0

    /// Creates a watch with defaults for the rest. The interval of `sampling` is replaced by that of the request.
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

    /// Watches until the stream is over, the time is up, or it is stopped. Stopping takes at most a second.
    /// - Parameters:
    ///   - stop: Ends the watch.
    ///   - clock: The source of time and random numbers. Default: the system's.
    ///   - listener: Receives events and samples. The watch waits for it.
    public func run(
        stop: StopSignal = StopSignal(), clock: TimeSource = .system, listener: WatchListener
    ) async -> WatchOutcome {
        await StreamRun(self, clock, listener).run(stop)
    }
}

/// Receives what happens in a watch.
public struct WatchListener: Sendable {
    /// Called with each event, in order.
    public var event: @Sendable (LiveEvent) async -> Void
    /// Called with each decided position, in order.
    public var sample: @Sendable (TimelineSample) async -> Void
    /// Called several times a second with the state of the stream. It must not block.
    public var status: @Sendable (StreamStatus) -> Void

    /// Creates a listener that ignores what it is not given a function for.
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

/// The current state of a stream.
public struct StreamStatus: Hashable, Sendable {
    /// The stream's name.
    public var stream: String
    /// Whether it is live, and so on.
    public var state: StreamState
    /// The decisions so far.
    public var tally: Tally
    /// The packets of the video stream read since the first connection.
    public var packetsRead: Int
    /// The lag of the newest event about a picture, in ms.
    public var lag: Int?
    /// The position of the last KO sample, in ms.
    public var lastHit: Int?
}

/// The outcome of a watch.
public struct WatchOutcome: Sendable {
    /// The totals.
    public let summary: LiveSummary
    /// Why the judge ended the watch, if it did.
    public let stop: JudgeStop?
    /// Whether it was stopped from outside.
    public let wasStopped: Bool
    /// The last connection's error, if that is why the watch failed.
    public let failure: FrameSamplingError?
    /// The video streams of the last connection, one of which was watched; empty if a service read the stream.
    public var streams: [VideoStream] = []
}
