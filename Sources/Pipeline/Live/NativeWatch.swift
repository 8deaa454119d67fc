import FrameSampling
import Moderation
import Synchronization

/// One live stream that a service reads itself: it samples, and tells what it saw as it goes on.
public struct NativeWatch: Sendable {
    /// The service has to be able to reach it.
    public var address: String
    /// In events. Default: the address, without credentials and query.
    public var name: String
    public var judge: any VideoJudge
    public var tasks: [ModerationTask]
    /// Its `confirm` has to be `nil`: there are no packets here to look at again.
    public var policy: Policy
    /// Seconds between pictures.
    public var interval: Double
    /// How long to watch. `nil`: until the service says it is over.
    public var duration: Duration?
    /// An event for every position.
    public var tellsFrames = false

    public init(
        address: String, judge: any VideoJudge, tasks: [ModerationTask], policy: Policy, interval: Double
    ) {
        self.address = address
        name = VideoInput.address(address).name
        self.judge = judge
        self.tasks = tasks
        self.policy = policy
        self.interval = interval
    }

    /// Watches until the service says it is over, or somebody stops it; then the service is told to stop, too.
    public func run(
        stop: StopSignal = StopSignal(), clock: WatchClock = .system, listener: WatchListener
    ) async -> WatchOutcome {
        await NativeStreamRun(self, clock, listener).run(stop)
    }
}

private actor NativeStreamRun {
    private let watch: NativeWatch
    private let clock: WatchClock
    private let teller: EventTeller
    private let asked: Set<Category>
    private var rules: RuleEngine
    private var isLive = false
    private var count = 0
    private var end = 0

    init(_ watch: NativeWatch, _ clock: WatchClock, _ listener: WatchListener) {
        self.watch = watch
        self.clock = clock
        teller = EventTeller(watch.name, clock, listener, tellsFrames: watch.tellsFrames)
        asked = Set(watch.tasks.flatMap(\.categories))
        rules = RuleEngine(asked: asked, policy: watch.policy)
    }

    func run(_ stop: StopSignal) async -> WatchOutcome {
        await teller.tell(.state(StreamChange(.connecting)), at: 0, continuity: 0)
        let following = Task {
            try await watch.judge.follow(watch.address, interval: watch.interval, for: asked) { await self.hear($0) }
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
        // It fails where it did not come to its end.
        let isOver = (try? await ending?.value) != nil
        let wasStopped = stop.isStopped || Task.isCancelled
        var change = StreamChange(.ended, reason: wasStopped ? "stopped" : nil)
        var judgeStop: JudgeStop?
        if case .failure(let error) = result, !wasStopped, !isOver {
            change = StreamChange(.failed, reason: "\(error)")
            judgeStop = error as? JudgeStop
        }
        await teller.tell(.state(change), at: end, continuity: 1)
        await tell(rules.interrupt(at: end))
        let summary = await finish(change)
        return WatchOutcome(summary: summary, stop: judgeStop, wasStopped: wasStopped, failure: nil)
    }

    private func hear(_ frames: [NativeFrame]) async {
        if !isLive {
            isLive = true
            await teller.tell(.state(StreamChange(.live)), at: frames.first?.position ?? 0, continuity: 1)
        }
        for frame in frames {
            let (sample, changes) = rules.add(
                TimelineSample(
                    index: count, position: frame.position, time: nil, judgement: frame.judgement, reused: false,
                    failure: frame.judgement == nil ? "the service did not judge it" : nil))
            count += 1
            end = frame.position + Int(watch.interval * 1000)
            teller.about(nil, lag: nil, frame.judgement)
            await teller.listener.sample(sample)
            await teller.tellFrame(sample, continuity: 1)
            await tell(changes)
            teller.aboutNothing()
        }
        teller.listener.status(
            StreamStatus(
                stream: watch.name, state: .live, tally: rules.tally, packetsRead: 0, lag: nil, lastHit: nil))
    }

    private func tell(_ changes: [RuleEngine.Change]) async {
        for change in changes {
            let segment = change.segment
            guard let content = change.content(segment) else { continue }
            await teller.tell(content, at: segment.end ?? max(segment.start, end), continuity: 1)
        }
    }

    private func finish(_ change: StreamChange) async -> LiveSummary {
        let spending = watch.judge.spending ?? Spending()
        let summary = LiveSummary(
            state: change.state, reason: change.reason,
            decision: rules.decision(isComplete: change.state == .ended), tally: rules.tally, dropped: 0,
            segments: rules.segments, categories: rules.categories, connections: 1, gaps: 0, gapTime: 0,
            lag: LagHistogram(), packetsRead: 0, packetsDecoded: 0, picturesDecoded: 0, failures: 0,
            packetsUnusable: 0,
            cost: .init(
                requests: spending.requests, operations: spending.operations, bytesSent: spending.bytesSent, reused: 0))
        await teller.tell(.summary(summary), at: end, continuity: 1)
        return summary
    }
}
