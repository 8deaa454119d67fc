import Base
import FrameSampling
import Moderation
import Runtime

/// Watches a live stream that a service reads and samples itself.
public struct NativeWatch: Sendable {
    /// The stream's address, which the service has to be able to reach.
    public var address: String
    /// The stream's name in events. Default: the address without credentials and query.
    public var name: String
    /// The service.
    public var judge: any VideoJudge
    /// What is asked of the judge, and how it is decided. The policy's `confirm` has to be `nil`, because there are no
    /// packets for second looks.
    public let request: ModerationRequest
    /// How long to watch; `nil` to watch until the service says that the stream is over.
    public var duration: Duration?
    /// Whether to emit an event for every position. Default false.
    public var tellsFrames = false

    /// Creates a watch with defaults for the rest.
    public init(address: String, judge: any VideoJudge, request: ModerationRequest) {
        self.address = address
        name = VideoInput.address(address).name
        self.judge = judge
        self.request = request
    }

    /// Watches until the service says that the stream is over, or until it is stopped. Then the service is stopped as
    /// well.
    /// - Parameters:
    ///   - stop: Ends the watch.
    ///   - clock: The time source. Default: the system's.
    ///   - listener: Receives events and samples. The watch waits for it.
    public func run(
        stop: StopSignal = StopSignal(), clock: TimeSource = .system, listener: WatchListener
    ) async -> WatchOutcome {
        await NativeStreamRun(self, clock, listener).run(stop)
    }
}

/// Passes the service's frames to the narration and performs its actions. There is no connection on this side.
private actor NativeStreamRun {
    private let watch: NativeWatch
    private let clock: TimeSource
    private let emitter: EventEmitter
    private var narration: StreamNarration

    init(_ watch: NativeWatch, _ clock: TimeSource, _ listener: WatchListener) {
        self.watch = watch
        self.clock = clock
        emitter = EventEmitter(watch.name, wall: clock.wall, listener)
        narration = StreamNarration(watch.request, tellsFrames: watch.tellsFrames)
    }

    func run(_ stop: StopSignal) async -> WatchOutcome {
        await perform(narration.start(now: clock.now()))
        let following = Task {
            try await watch.judge.follow(
                watch.address, interval: watch.request.interval.inSeconds, for: watch.request.asked
            ) { await self.hear($0) }
        }
        stop.whenStopped { following.cancel() }
        let ending = watch.duration.map { duration in
            Task { [clock] in
                try await clock.sleep(duration)
                following.cancel()
            }
        }
        let result = await withTaskCancellationHandler {
            await following.result
        } onCancel: {
            following.cancel()
        }
        ending?.cancel()
        // The task throws if it was cancelled before the duration passed.
        let isOver = (try? await ending?.value) != nil
        let wasStopped = stop.isStopped || Task.isCancelled
        var judgeStop: JudgeStop?
        if case .failure(let error) = result, !wasStopped, !isOver {
            judgeStop = error as? JudgeStop
            await perform(narration.stop(.failed, reason: "\(error)", nil, now: clock.now()))
        } else {
            await perform(narration.stop(.ended, reason: wasStopped ? "stopped" : nil, nil, now: clock.now()))
        }
        let (summary, actions) = narration.finish(
            JudgingCounts(), looks: 0, watch.judge.spending ?? Spending(), nil, now: clock.now())
        await perform(actions)
        return WatchOutcome(summary: summary, stop: judgeStop, wasStopped: wasStopped, failure: nil)
    }

    private func hear(_ frames: [NativeFrame]) async {
        for frame in frames {
            let end = frame.position + watch.request.interval.wholeMilliseconds
            await perform(narration.heard(frame, until: end, now: clock.now()))
        }
        emitter.listener.status(narration.status(watch.name, nil))
    }

    private func perform(_ actions: [StreamNarration.Action]) async {
        for action in actions {
            switch action {
            case .tell(let content, let place): await emitter.emit(content, place)
            case .sample(let sample): await emitter.listener.sample(sample)
            case .segment(let change, let place):
                if let content = change.content(change.segment) { await emitter.emit(content, place) }
            case .connect, .disconnect, .wake, .look, .writeClips: break
            }
        }
    }
}
