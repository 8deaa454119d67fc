import Callbacks
import Foundation
import FrameSampling
import Logging
import Moderation
import Pipeline
import Reports
import Store
import Synchronization
import Wire

/// One job in progress: judges, and stores each judgement with the callback it makes due.
actor JobRun {
    private let order: JobOrder
    private let context: JobContext
    private let tasks: [ModerationTask]
    private let started: Double
    private let key: String
    private var log: CallbackLog
    /// Positions that were decided before one that comes earlier.
    private var early: [Int: TimelineSample] = [:]
    private var nextIndex: Int
    private var refused: Refusal?
    private let state = Mutex<StreamState?>(nil)

    /// - Parameter frames: What was stored before a crash.
    init(_ job: StoredJob, _ order: JobOrder, _ tasks: [ModerationTask], frames: [JobFrame], _ context: JobContext) {
        self.order = order
        self.tasks = tasks
        self.context = context
        started = job.started
        key = job.key
        log = CallbackLog(order, tasks: tasks, started: job.started, frames: frames)
        nextIndex = job.frames
    }

    /// Of a stream that is being watched.
    nonisolated var streamState: StreamState? { state.withLock { $0 } }

    /// Runs to the end, until it is stopped, or until the task is cancelled, which leaves it as it is for another process.
    func run(stop: StopSignal) async {
        do {
            let (status, problem) = order.isLive ? try await watch(stop) : try await check(stop)
            guard !Task.isCancelled else { return }
            try await end(status, problem)
        } catch is CancellationError {
            return
        } catch let refusal as Refusal {
            try? await end(.failure, refusal.sentence)
        } catch {
            guard !Task.isCancelled else { return }
            context.logger.error("job failed", metadata: ["media": "\(order.media)", "error": "\(error)"])
            try? await end(.failure, "Something went wrong here.")
        }
    }

    // MARK: Files

    private func check(_ stop: StopSignal) async throws -> (StoredJob.Status, String?) {
        var check = Check(
            input: try input(), judge: context.judge, tasks: tasks, policy: Policy(), sampling: sampling)
        // What was judged before a crash is not judged again.
        let done = nextIndex
        check.sampling.start = .seconds(order.interval) * done
        let left = Duration.seconds(order.maxDuration) - check.sampling.start
        guard left > .zero else { return (.finished, nil) }
        check.sampling.duration = left
        let (samples, continuation) = AsyncStream.makeStream(of: TimelineSample.self)
        check.observe = { continuation.yield($0) }
        let judging = check
        async let outcome: ModerationResult = {
            defer { continuation.finish() }
            return try await judging.run(stop: stop)
        }()
        do {
            for await sample in samples { try await hear(sample, offset: done) }
        } catch {
            // Nothing more is judged that cannot be paid for or stored.
            stop.stop()
            throw error
        }
        do {
            let result = try await outcome
            if let stop = result.stop { return (.failure, stop.description) }
            return (stop.isStopped ? .stopped : .finished, nil)
        } catch let error as FrameSamplingError {
            // Nothing after what was judged before.
            if done > 0 && error.code == .noPicture { return (.finished, nil) }
            return (.failure, VideoModeration.refusal(error).sentence)
        }
    }

    private var sampling: SamplingOptions {
        var options = SamplingOptions()
        options.interval = .seconds(order.interval)
        options.userAgent = context.userAgent
        options.maxBytes = context.maxBytes
        options.addresses = .guarded(allowingPrivate: context.allowsPrivate)
        return options
    }

    private func input() throws -> VideoInput {
        switch order.source {
        case .address(let address): .address(address)
        case .file(let path): .path(path)
        }
    }

    private func hear(_ sample: TimelineSample, offset: Int) async throws {
        early[sample.index + offset] = sample
        var ready: [TimelineSample] = []
        while let next = early.removeValue(forKey: nextIndex) {
            ready.append(next)
            nextIndex += 1
        }
        if !ready.isEmpty { try await store(ready) }
    }

    // MARK: Streams

    private func watch(_ stop: StopSignal) async throws -> (StoredJob.Status, String?) {
        var options = LiveOptions()
        options.interval = .seconds(order.interval)
        options.userAgent = context.userAgent
        options.addresses = .guarded(allowingPrivate: context.allowsPrivate)
        var watch = Watch(input: try input(), judge: context.judge, tasks: tasks, policy: Policy(), sampling: options)
        watch.supervision.giveUpAfter = context.giveUpAfter
        let elapsed = max(0, context.now() - started)
        watch.begin = nextIndex == 0 ? 0 : Int(elapsed * 1000)
        guard order.maxDuration > elapsed else { return (.finished, nil) }
        watch.duration = .seconds(order.maxDuration - elapsed)
        let listener = WatchListener(
            event: { [self] event in
                guard case .state(let change) = event.content else { return }
                state.withLock { $0 = change.state }
                context.changes.ring()
            },
            sample: { [self] sample in
                do {
                    try await store([sample])
                } catch let refusal as Refusal {
                    await refuse(refusal)
                    stop.stop()
                } catch {
                    context.logger.error("job not stored", metadata: ["error": "\(error)"])
                }
            })
        let outcome = await watch.run(stop: stop, listener: listener)
        if let refused { throw refused }
        if outcome.wasStopped { return (.stopped, nil) }
        if let judge = outcome.stop { return (.failure, judge.description) }
        return outcome.summary.state == .failed
            ? (.failure, outcome.failure.map { VideoModeration.refusal($0).sentence }) : (.finished, nil)
    }

    private func refuse(_ refusal: Refusal) { refused = refused ?? refusal }

    // MARK: Storing

    private func store(_ samples: [TimelineSample]) async throws {
        var frames: [JobFrame] = []
        var isDue = false
        var tally = Tally()
        for sample in samples {
            isDue = log.add(sample) || isDue
            tally.add(sample.verdict.decision)
            frames.append(
                JobFrame(number: log.totalFrames, position: sample.position, judgement: sample.judgement))
        }
        let now = context.now()
        let callbacks = isDue ? try callback("ongoing", now) : []
        let dropped = try await context.store.note(
            frames, tally: tally, status: .ongoing, of: order.media, owing: callbacks, owner: context.owner, now: now)
        warn(dropped)
        context.metrics.countPictures(frames.count)
        context.changes.ring()
        try await charge(frames.count)
        if !callbacks.isEmpty { await context.courier.hurry() }
    }

    /// Throws `Refusal.quotaSpent` once the key has used up what it may.
    private func charge(_ frames: Int) async throws {
        guard let quota = order.quota else { return }
        try await context.store.charge(frames * SightengineModel.operations(tasks), key: key)
        if try await context.store.used(key: key) >= quota { throw Refusal.quotaSpent }
    }

    private func end(_ status: StoredJob.Status, _ problem: String?) async throws {
        let now = context.now()
        let dropped = try await context.store.note(
            [], status: status, problem: problem, of: order.media, owing: try callback(status.rawValue, now),
            owner: context.owner, now: now)
        warn(dropped)
        if case .file(let path) = order.source { try? FileManager.default.removeItem(atPath: path) }
        await context.courier.hurry()
    }

    private func warn(_ dropped: Int) {
        guard dropped > 0 else { return }
        context.logger.warning("too many callbacks wait; one was not noted", metadata: ["media": "\(order.media)"])
    }

    private func callback(_ status: String, _ now: Double) throws -> [NewCallback] {
        guard let url = order.callback else { return [] }
        let body = try WireJSON.encode(log.progress(status, now: now))
        return [
            NewCallback(
                id: "evt_" + context.identifiers.hexadecimal(), url: url, body: body,
                isGuarded: !context.allowsPrivate)
        ]
    }
}

extension CallbackLog {
    /// A job's, with the frames that were stored.
    init(_ order: JobOrder, tasks: [ModerationTask], started: Double, frames: [JobFrame]) {
        self.init(
            media: SightengineMedia(id: order.media, uri: order.uri), request: order.request, tasks: tasks,
            thresholds: order.thresholdsByCategory, started: started, mostFrames: Store.mostJobFrames)
        skip((frames.first?.number ?? 1) - 1)
        for frame in frames {
            let verdict = Verdict(frame.judgement, asked: [], policy: Policy())
            _ = add(
                TimelineSample(
                    index: frame.number - 1, position: frame.position, time: nil, judgement: frame.judgement,
                    verdict: verdict, reused: false, failure: nil))
        }
    }
}
