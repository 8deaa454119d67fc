import Callbacks
import Foundation
import FrameSampling
import Logging
import Moderation
import Pipeline
import Reports
import Runtime
import Store
import Synchronization
import Wire

/// One job in progress: judges its input and stores each result with the callback that becomes due.
actor JobRun {
    private let order: JobOrder
    private let context: JobContext
    private let request: ModerationRequest
    private let started: Double
    private let isResumed: Bool
    private let resumption: Check.Resumption?
    private let journal: JobJournal
    private let recorder: CaseRecorder?
    /// The index of the next sample in the present video stream.
    private var nextIndex = 0
    private var stream: Int?
    private var refused: Refusal?
    /// Whether the job is no longer this process's.
    private var isLost = false
    /// What of a stream is being written, beside the stream.
    private var writing: Task<Void, Never>?
    private var verdicts: VerdictActions
    /// The actions that are being stored, in order.
    private var acting: Task<Void, Never>?
    private let state = Mutex<StreamState?>(nil)

    /// The most positions of a job.
    private static let maxPositions = 50_000
    /// A job that was started this often without any result is given up, since it may be what crashes the process.
    private static let maxStarts = 3
    /// How long to wait while the store cannot be written.
    private static let retryDelay = Duration.seconds(1)

    /// - Parameters:
    ///   - request: The order as a request.
    ///   - frames: The frames that earlier runs stored.
    init(
        _ taken: Store.TakenJob, _ order: JobOrder, _ request: ModerationRequest, frames: [JobFrame],
        _ context: JobContext
    ) {
        let job = taken.job
        self.order = order
        self.request = request
        self.context = context
        started = job.started
        isResumed = taken.isResumed
        resumption = frames.last.map { last in
            let positions = (Double(last.position) / (order.interval * 1000)).rounded()
            let others = Set(frames.compactMap(\.stream)).subtracting([last.stream].compactMap { $0 })
            return Check.Resumption(stream: last.stream, positions: Int(positions) + 1, others: others)
        }
        let medium = CaseMedium(
            media: order.media, key: job.key, uri: order.uri, reference: order.reference ?? "", isLive: order.isLive)
        let recorder = context.options.review.map {
            CaseRecorder(medium, request, keepsPictures: $0.keepsPictures)
        }
        self.recorder = recorder
        let log = CallbackTracker(job, order, request, frames: frames) { _ = recorder?.add($0) }
        journal = JobJournal(taken, order, request, log: log, recorder: recorder, context)
        verdicts = VerdictActions(looksAgain: request.policy.confirm != nil)
        if job.starts > Self.maxStarts { refused = .failure }
    }

    /// The state of a live stream; `nil` before it is known, and for other sources.
    nonisolated var streamState: StreamState? { state.withLock { $0 } }

    /// Runs the job to its end, or until `stop`. Cancelling the task leaves the job ongoing, for another process.
    func run(stop: StopSignal) async {
        var ending: JobEnding?
        if refused != nil {
            ending = JobEnding(.failure, problem: "It was started \(Self.maxStarts) times without a result.")
        } else {
            ending = await work(stop)
        }
        // Otherwise the job would stay ongoing although nothing judges it.
        while !Task.isCancelled, !isLost {
            do {
                if let ending { return try await journal.end(ending) }
                if try await postpone() { return }
                ending = JobEnding(.failure, problem: "Its file could not be read from the storage for hours.")
            } catch let lost as ClaimLost {
                lose(lost)
            } catch is QuotaSpent {
                ending = JobEnding(.failure, problem: Refusal.quotaSpent.sentence)
            } catch {
                context.logger.error("job not ended yet", metadata: ["media": "\(order.media)", "error": "\(error)"])
                try? await context.clock.sleep(Self.retryDelay)
            }
        }
    }

    /// Writes what has waited long enough, also while nothing is added.
    func writeIfDue(_ stop: StopSignal) async {
        if journal.isDue { _ = await write(stop) }
    }

    /// Writes what was judged, for whoever goes on with the job.
    func leave() async {
        guard !isLost else { return }
        do { try await journal.write() } catch {
            context.logger.warning("not all stored", metadata: ["media": "\(order.media)", "error": "\(error)"])
        }
    }

    private func lose(_ lost: ClaimLost) {
        isLost = true
        context.metrics.countLostClaim()
        context.logger.warning("\(lost)")
    }

    /// Stores what was judged, and leaves the rest for later.
    /// - Returns: False if that was done too often.
    private func postpone() async throws -> Bool {
        try await journal.write()
        guard try await context.store.postpone(journal.claim) else { return false }
        context.metrics.countPostponement()
        context.logger.warning("job put off: its file cannot be read", metadata: ["media": "\(order.media)"])
        return true
    }

    /// - Returns: How the job ended; `nil` if its file cannot be read at present.
    private func work(_ stop: StopSignal) async -> JobEnding? {
        do {
            return order.isLive ? try await watch(stop) : try await check(stop)
        } catch let refusal as Refusal {
            return JobEnding(.failure, problem: refusal.sentence)
        } catch let error as FrameSamplingError {
            return JobEnding(.failure, problem: Refusal(video: error).sentence)
        } catch CheckRefusal.tooManyPositions(let limit) {
            return JobEnding(.failure, problem: Refusal.tooManyFrames(limit: limit).sentence)
        } catch {
            context.logger.error("job failed", metadata: ["media": "\(order.media)", "error": "\(error)"])
            return JobEnding(.failure, problem: Refusal.failure.sentence)
        }
    }

    // MARK: Files

    private func check(_ stop: StopSignal) async throws -> JobEnding? {
        var check = Check(input: try input, judge: context.judge, request: request, sampling: sampling)
        check.streams = .all
        check.maxPositions = Self.maxPositions
        check.pictures = recorder?.pictures
        check.resumption = resumption
        (stream, nextIndex) = (resumption?.stream, 0)
        check.observe = { [self] in await store($0, stop) }
        let outcome: CheckOutcome
        do {
            outcome = try await check.run(stop: stop)
        } catch let error as FrameSamplingError where isAway(error) {
            return nil
        }
        if let refused { throw refused }
        if let failure = outcome.failure, isAway(failure), !stop.isStopped { return nil }
        return JobEnding(outcome, wasStopped: stop.isStopped)
    }

    /// Whether it is the bucket that does not answer. Whoever gave an address is told of what is wrong there instead.
    private func isAway(_ error: FrameSamplingError) -> Bool {
        guard case .object = order.source else { return false }
        return error.mayPass
    }

    private var sampling: SamplingOptions {
        var options = SamplingOptions()
        options.duration = .seconds(order.maxDuration)
        options.userAgent = context.options.userAgent
        if case .address = order.source { options.maxBytes = context.options.maxVideoURLBytes }
        // Where the bucket is, its operator says.
        if case .object = order.source { return options }
        options.addresses = .guarded(allowingPrivate: context.options.allowsPrivateURLs)
        return options
    }

    private var input: VideoInput {
        get throws {
            switch order.source {
            case .address(let address): return .address(address)
            case .file(let path): return .path(path)
            case .object(let object):
                guard let media = context.options.media else { throw Refusal.failure }
                return try media.input(object)
            }
        }
    }

    /// Stores a sample. Judging waits until it is stored, so that nothing is lost.
    private func store(_ sample: TimelineSample, _ stop: StopSignal) async {
        if sample.stream != stream { (stream, nextIndex) = (sample.stream, 0) }
        // Nothing is stored after a position that was skipped, since a later run resumes after the last stored one.
        guard sample.index == nextIndex else { return }
        nextIndex += 1
        journal.add(sample, isLive: false)
        guard journal.isDue else { return }
        while !Task.isCancelled, !stop.isStopped {
            if await write(stop) { return }
            try? await context.clock.sleep(Self.retryDelay)
        }
    }

    /// Writes the journal, and stops the run if the key cannot pay.
    /// - Returns: False if it has to be tried again.
    private func write(_ stop: StopSignal) async -> Bool {
        do {
            if try await journal.write() { stop.stop() }
        } catch is QuotaSpent {
            refused = refused ?? .quotaSpent
            stop.stop()
        } catch let lost as ClaimLost {
            lose(lost)
            stop.stop()
        } catch {
            context.logger.error("job not stored", metadata: ["error": "\(error)"])
            return false
        }
        return true
    }

    // MARK: Streams

    private func watch(_ stop: StopSignal) async throws -> JobEnding {
        var options = LiveOptions()
        options.userAgent = context.options.userAgent
        if order.publisher == nil {
            options.addresses = .guarded(allowingPrivate: context.options.allowsPrivateURLs)
        }
        var watch = Watch(input: try input, judge: context.judge, request: request, sampling: options)
        watch.pictures = recorder?.pictures
        watch.supervision.giveUpAfter = context.options.streamGiveUpAfter
        let elapsed = max(0, context.clock.wall() - started)
        watch.begin = isResumed ? Int(elapsed * 1000) : 0
        if isResumed { journal.note(missed: "The server was restarted during the stream.") }
        guard order.maxDuration > elapsed else { return JobEnding(.finished) }
        watch.duration = .seconds(order.maxDuration - elapsed)
        let listener = WatchListener(
            event: { [self] in await handle($0) },
            sample: { [self] in await storeLive($0, stop) })
        let outcome = await watch.run(stop: stop, listener: listener)
        await writing?.value
        await acting?.value
        if let refused { throw refused }
        return JobEnding(outcome)
    }

    private func handle(_ event: LiveEvent) {
        switch event.content {
        case .state(let change):
            state.withLock { $0 = change.state }
            context.changes.notify()
        default: act(on: event)
        }
    }

    /// Stores the actions that an event makes due. The stream does not wait for that.
    private func act(on event: LiveEvent) {
        for trigger in verdicts.hear(event.content) where context.courier.actionKinds.contains(trigger.kind) {
            let told = ActionEvent(
                trigger, media: order.media, stream: order.uri, time: event.time, publisher: order.publisher)
            acting = Task { [acting, context, media = order.media] in
                await acting?.value
                while !Task.isCancelled {
                    do {
                        if try await !context.courier.owe(trigger, told, media: media) {
                            context.logger.warning("too many actions wait; one was dropped")
                        }
                        return
                    } catch {
                        context.logger.error("action not stored", metadata: ["error": "\(error)"])
                        try? await context.clock.sleep(Self.retryDelay)
                    }
                }
            }
        }
    }

    /// Stores a sample of a stream. The stream does not wait for that: pictures would be given up for it. What cannot be
    /// stored is retried with the next sample.
    private func storeLive(_ sample: TimelineSample, _ stop: StopSignal) {
        journal.add(sample, isLive: true)
        guard journal.isDue, writing == nil else { return }
        writing = Task {
            _ = await write(stop)
            writing = nil
        }
    }
}

extension CallbackTracker {
    /// Creates the log of a job.
    /// - Parameters:
    ///   - request: The order as a request.
    ///   - frames: The frames that are stored, in order.
    ///   - heard: Called with what the policy makes of each of them.
    init(
        _ job: StoredJob, _ order: JobOrder, _ request: ModerationRequest, frames: [JobFrame],
        heard: (RunningDecision.Step) -> Void = { _ in }
    ) {
        self.init(
            media: SightengineMedia(id: order.media, uri: order.uri), id: order.request, request,
            thresholds: order.thresholdsByCategory, started: job.started, maxFrames: Store.maxJobFrames,
            tellsDecision: order.policy != nil)
        skip((frames.first?.number ?? 1) - 1)
        for frame in frames {
            let sample = TimelineSample(
                index: frame.number - 1, position: frame.position, time: nil, judgement: frame.judgement,
                reused: false, failure: nil, stream: frame.stream)
            heard(add(sample).step)
        }
        if job.status == .ongoing {
            // Frames without gaps since the first one are of one video stream; a live stream has only one.
            let isWhole = frames.first.map { Double($0.position) == Double($0.number - 1) * order.interval * 1000 }
            decision.restore(
                job.progress.tally, wasRejected: job.progress.isRejected,
                areOfOneStream: order.isLive || isWhole != false)
        } else {
            decision.conclude(
                job.progress.tally, isRejected: job.progress.isRejected, segments: job.progress.segments)
        }
    }

    /// The progress of the job as Sightengine reports it.
    func progress(of job: StoredJob) -> SightengineProgress {
        progress(job.status.rawValue, job.decision, now: job.updated)
    }
}
