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

/// One job in progress: judges, and stores each judgement with the callback it makes due.
actor JobRun {
    private let order: JobOrder
    private let context: JobContext
    private let request: ModerationRequest
    private let started: Double
    private let isResumed: Bool
    private let resumption: Check.Resumption?
    private let journal: JobJournal
    /// Of the video stream's next sample.
    private var nextIndex = 0
    private var stream: Int?
    private var refused: Refusal?
    private let state = Mutex<StreamState?>(nil)

    /// A job of more positions is refused.
    static let mostPositions = 50_000
    /// Starts without a judgement in between, after which a job is given up: it may be what ends the process.
    private static let mostStarts = 5
    private static let pause = Duration.seconds(1)

    /// - Parameter frames: What was stored before a crash.
    init(
        _ job: StoredJob, _ order: JobOrder, _ request: ModerationRequest, frames: [JobFrame], _ context: JobContext
    ) {
        self.order = order
        self.request = request
        self.context = context
        started = job.started
        isResumed = job.frames > 0 || job.starts > 1
        resumption = frames.last.map { last in
            let positions = (Double(last.position) / (order.interval * 1000)).rounded()
            let others = Set(frames.compactMap(\.stream)).subtracting([last.stream].compactMap { $0 })
            return Check.Resumption(stream: last.stream, positions: Int(positions) + 1, others: others)
        }
        let log = CallbackLog(job, order, request, frames: frames)
        journal = JobJournal(job, order, request, log: log, context)
        if job.starts > Self.mostStarts { refused = .failure }
    }

    /// Of a stream that is being watched.
    nonisolated var streamState: StreamState? { state.withLock { $0 } }

    /// Runs to the end, until it is stopped, or until the task is cancelled, which leaves it as it is for another process.
    func run(stop: StopSignal) async {
        let ending: JobEnding
        if refused != nil {
            ending = JobEnding(.failure, problem: "It was begun \(Self.mostStarts) times and came to nothing.")
        } else {
            ending = await work(stop)
        }
        // A job that cannot be ended just now would be neither judged nor over: it is ended as soon as it can be.
        while !Task.isCancelled {
            do {
                return try await journal.end(ending)
            } catch {
                context.logger.error("job not ended yet", metadata: ["media": "\(order.media)", "error": "\(error)"])
                try? await context.clock.sleep(Self.pause)
            }
        }
    }

    private func work(_ stop: StopSignal) async -> JobEnding {
        do {
            return order.isLive ? try await watch(stop) : try await check(stop)
        } catch let refusal as Refusal {
            return JobEnding(.failure, problem: refusal.sentence)
        } catch let error as FrameSamplingError {
            return JobEnding(.failure, problem: VideoModeration.refusal(error).sentence)
        } catch CheckRefusal.tooManyPositions(let limit) {
            return JobEnding(.failure, problem: Refusal.tooManyFrames(limit: limit).sentence)
        } catch {
            context.logger.error("job failed", metadata: ["media": "\(order.media)", "error": "\(error)"])
            return JobEnding(.failure, problem: Refusal.failure.sentence)
        }
    }

    // MARK: Files

    private func check(_ stop: StopSignal) async throws -> JobEnding {
        var check = Check(input: input, judge: context.judge, request: request, sampling: sampling)
        check.streams = .all
        check.mostPositions = Self.mostPositions
        // What was judged before a crash is not judged again.
        check.resumption = resumption
        (stream, nextIndex) = (resumption?.stream, 0)
        check.observe = { [self] in await hear($0, stop) }
        let outcome = try await check.run(stop: stop)
        if let refused { throw refused }
        return JobEnding(outcome, wasStopped: stop.isStopped)
    }

    private var sampling: SamplingOptions {
        var options = SamplingOptions()
        options.duration = .seconds(order.maxDuration)
        options.userAgent = context.userAgent
        if case .address = order.source { options.maxBytes = context.maxBytes }
        options.addresses = .guarded(allowingPrivate: context.allowsPrivate)
        return options
    }

    private var input: VideoInput {
        switch order.source {
        case .address(let address): .address(address)
        case .file(let path): .path(path)
        }
    }

    /// Stores what is next. While it cannot be stored, judging waits: nothing is lost.
    private func hear(_ sample: TimelineSample, _ stop: StopSignal) async {
        if sample.stream != stream { (stream, nextIndex) = (sample.stream, 0) }
        // After a position that was never sampled, nothing is stored: a later run goes on after the last one stored.
        guard sample.index == nextIndex else { return }
        nextIndex += 1
        journal.add(sample, isLive: false)
        while !Task.isCancelled, !stop.isStopped {
            do {
                return try await journal.write()
            } catch let refusal as Refusal {
                refused = refused ?? refusal
                // Nothing more is judged that cannot be paid for.
                stop.stop()
            } catch {
                context.logger.error("job not stored", metadata: ["error": "\(error)"])
                try? await context.clock.sleep(Self.pause)
            }
        }
    }

    // MARK: Streams

    private func watch(_ stop: StopSignal) async throws -> JobEnding {
        var options = LiveOptions()
        options.userAgent = context.userAgent
        options.addresses = .guarded(allowingPrivate: context.allowsPrivate)
        var watch = Watch(input: input, judge: context.judge, request: request, sampling: options)
        watch.supervision.giveUpAfter = context.giveUpAfter
        let elapsed = max(0, context.clock.wall() - started)
        watch.begin = isResumed ? Int(elapsed * 1000) : 0
        if isResumed { journal.note(missed: "The server was started anew while the stream went on.") }
        guard order.maxDuration > elapsed else { return JobEnding(.finished) }
        watch.duration = .seconds(order.maxDuration - elapsed)
        let listener = WatchListener(
            event: { [self] in await hear($0) },
            sample: { [self] in await keep($0, stop) })
        let outcome = await watch.run(stop: stop, listener: listener)
        if let refused { throw refused }
        return JobEnding(outcome)
    }

    private func hear(_ event: LiveEvent) {
        switch event.content {
        case .state(let change):
            state.withLock { $0 = change.state }
            context.changes.ring()
        case .segmentClosed(let segment) where segment.standing?.counts == false: journal.dismiss(segment)
        default: break
        }
    }

    /// A stream does not wait: what cannot be stored now is kept for a while, and then counts as missed.
    private func keep(_ sample: TimelineSample, _ stop: StopSignal) async {
        journal.add(sample, isLive: true)
        do {
            try await journal.write()
        } catch let refusal as Refusal {
            refused = refused ?? refusal
            stop.stop()
        } catch {
            context.logger.error("job not stored", metadata: ["error": "\(error)"])
        }
    }
}

extension CallbackLog {
    /// A job's, with the frames that were stored.
    init(_ job: StoredJob, _ order: JobOrder, _ request: ModerationRequest, frames: [JobFrame]) {
        self.init(
            media: SightengineMedia(id: order.media, uri: order.uri), id: order.request, request,
            thresholds: order.thresholdsByCategory, started: job.started, mostFrames: Store.mostJobFrames,
            tellsDecision: order.policy != nil)
        skip((frames.first?.number ?? 1) - 1)
        for frame in frames {
            _ = add(
                TimelineSample(
                    index: frame.number - 1, position: frame.position, time: nil, judgement: frame.judgement,
                    reused: false, failure: nil, stream: frame.stream))
        }
        if job.status == .ongoing {
            decision.restore(job.progress.tally, wasRejected: job.progress.isRejected)
        } else {
            decision.conclude(
                job.progress.tally, isRejected: job.progress.isRejected, segments: job.progress.segments)
        }
    }
}
