import Foundation
import FrameSampling
import Moderation
import Synchronization

/// One moderation: an input, a judge, what to look for and how to decide.
public struct Check: Sendable {
    public var input: VideoInput
    public var judge: any ImageJudge
    public var tasks: [ModerationTask]
    public var policy: Policy
    public var sampling: SamplingOptions
    public var referenceID: String?
    public var originID: String?
    /// Stills judged at once; default: as many as the judge can.
    public var concurrency: Int?
    /// A longer video is refused: at once when its header says so, else when it goes on. `nil`: any length.
    public var longest: Duration?
    /// More positions than this are refused, likewise. `nil`: any number.
    public var mostPositions: Int?

    /// Keeps small pictures for a report. `nil`: none are made.
    public var thumbnails: ThumbnailKeeper?
    /// Hears of each position once it is decided, in no order; may be called from any thread, and has to be quick.
    public var observe: @Sendable (TimelineSample) -> Void = { _ in }

    public init(
        input: VideoInput, judge: any ImageJudge, tasks: [ModerationTask], policy: Policy, sampling: SamplingOptions
    ) {
        self.input = input
        self.judge = judge
        self.tasks = tasks
        self.policy = policy
        self.sampling = sampling
    }

    private var asked: Set<Moderation.Category> { Set(tasks.flatMap(\.categories)) }

    /// Samples, judges and folds. Memory does not grow with the length of the video but for one small record a sample.
    ///
    /// Throws when the input cannot be opened or its first picture not be decoded. What goes wrong later ends the run
    /// with a partial result: nothing that was judged is lost.
    /// - Parameters:
    ///   - stop: Ends the run early, with a partial result.
    ///   - progress: Called after each judged picture; may be called from any thread.
    public func run(
        stop: StopSignal = StopSignal(), progress: @escaping @Sendable (RunProgress) -> Void = { _ in }
    ) async throws -> ModerationResult {
        let clock = ContinuousClock()
        let began = clock.now
        let sampler = try await FrameSampler.open(input, options: boundedSampling)
        stop.whenStopped { sampler.cancel() }
        if let declared = sampler.header.declaredDuration { try requireWithinBounds(declared) }
        let fold = Fold(asked: asked, policy: policy, progress: progress, observe: observe)
        let halt = Halt(sampler)
        let failure = try await judgeSamples(of: sampler, into: fold, halt)
        if let longest, fold.lastPosition > longest.milliseconds { throw CheckRefusal.tooLong(longest) }
        if let mostPositions, fold.tally.total > mostPositions { throw CheckRefusal.tooManyPositions(mostPositions) }
        return result(fold, sampler, failure: failure, stop: halt.reason, wall: clock.now - began)
    }

    /// Stops one past the bounds, so that going over shows.
    private var boundedSampling: SamplingOptions {
        var options = sampling
        if let longest { options.maxDuration = longest + sampling.interval + .milliseconds(1) }
        if let mostPositions { options.maxFrames = mostPositions + 1 }
        return options
    }

    private func requireWithinBounds(_ declared: Duration) throws {
        // Headers round; whether it is over by a moment shows in the end.
        if let longest, declared > longest + .seconds(1) { throw CheckRefusal.tooLong(longest) }
        let positions = declared.inSeconds / sampling.interval.inSeconds
        if let mostPositions, positions > Double(mostPositions) + 1 {
            throw CheckRefusal.tooManyPositions(mostPositions)
        }
    }

    /// Judges every sample, a bounded number at once. Returns what ended the sampling early, if anything did.
    private func judgeSamples(
        of sampler: FrameSampler, into fold: Fold, _ halt: Halt
    ) async throws -> FrameSamplingError? {
        let most = max(1, concurrency ?? judge.concurrency) + 1
        return try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            do {
                while let sample = try await sampler.next() {
                    guard let job = fold.add(sample), let picture = sample.picture else { continue }
                    if running == most {
                        try await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { await judgeOne(picture, at: sample.index, job, into: fold, halt) }
                }
            } catch let error as FrameSamplingError {
                try await group.waitForAll()
                if fold.isEmpty && error.code != .cancelled { throw error }
                return error
            }
            try await group.waitForAll()
            return nil
        }
    }

    private func judgeOne(
        _ picture: DecodedPicture, at index: Int, _ job: Int, into fold: Fold, _ halt: Halt
    ) async {
        let clock = ContinuousClock()
        let began = clock.now
        do {
            let judgement = try await judge.judge(picture, for: asked)
            if let thumbnails {
                let isHit = Verdict(judgement, asked: asked, policy: policy).decision == .ko
                thumbnails.note(picture, index: index, isHit: isHit)
            }
            fold.finish(job, .success(judgement), took: clock.now - began)
        } catch {
            if let stop = error as? JudgeStop { halt.set(stop) }
            fold.finish(job, .failure(JudgeFailure(reason: "\(error)")), took: clock.now - began)
        }
    }

    private func result(
        _ fold: Fold, _ sampler: FrameSampler, failure: FrameSamplingError?, stop: JudgeStop?, wall: Duration
    ) -> ModerationResult {
        let report = sampler.report
        let outcome = Outcome(report: report, failure: failure, stop: stop, unjudged: fold.tally.undetermined)
        let end = report.duration.map { Int($0.milliseconds) }
        let timeline = fold.timeline(end: end, interval: sampling.interval, isComplete: outcome.isComplete)
        return ModerationResult(
            status: outcome.status, note: outcome.note, wasInterrupted: stop == nil && failure?.code == .cancelled,
            stop: stop, timeline: timeline, tasks: tasks,
            frameInterval: sampling.interval.inSeconds, media: media(sampler.header, duration: end),
            sampling: .init(
                mode: sampling.mode.rawValue, packetsRead: report.packetsRead, packetsDecoded: report.packetsDecoded,
                picturesDecoded: report.picturesDecoded, failures: report.failures, secondLooks: report.secondLooks,
                truncated: report.isTruncated, cut: report.isCut),
            provider: judge.identity,
            cost: cost(fold),
            timing: .init(wall: wall.inSeconds, decode: report.decodeTime.inSeconds, judge: fold.judgeTime.inSeconds))
    }

    private func cost(_ fold: Fold) -> ModerationResult.Cost {
        guard let spending = judge.spending else {
            return .init(requests: fold.judged, operations: 0, bytesSent: 0, reused: fold.reused)
        }
        return .init(
            requests: spending.requests, operations: spending.operations, bytesSent: spending.bytesSent,
            reused: fold.reused + spending.known, spared: spending.spared)
    }

    private func media(_ header: MediaHeader, duration: Int?) -> ModerationResult.Media {
        let id = UUID().uuidString.lowercased().filter { $0 != "-" }
        return .init(
            id: id, uri: input.name, referenceID: referenceID, originID: originID, container: header.container,
            codec: header.codec, width: header.width, height: header.height, rotation: header.rotation,
            duration: duration, declaredDuration: header.declaredDuration.map { Int($0.milliseconds) })
    }
}

/// Why a check that would be too much work was not done.
public enum CheckRefusal: Error, Hashable, Sendable {
    case tooLong(Duration)
    case tooManyPositions(Int)
}

/// Ends the sampling once the judge will judge nothing any more.
private final class Halt: Sendable {
    private let sampler: FrameSampler
    private let stop = Mutex<JudgeStop?>(nil)

    init(_ sampler: FrameSampler) { self.sampler = sampler }

    var reason: JudgeStop? { stop.withLock { $0 } }

    func set(_ reason: JudgeStop) {
        stop.withLock { $0 = $0 ?? reason }
        sampler.cancel()
    }
}

/// A judge's failure on one picture.
struct JudgeFailure: Error {
    let reason: String
}

/// How a run ended, in the words of a result.
private struct Outcome {
    let status: ModerationResult.Status
    let note: String?
    /// All of the input that there is was seen.
    let isComplete: Bool

    init(report: SamplingReport, failure: FrameSamplingError?, stop: JudgeStop?, unjudged: Int) {
        if let stop {
            self.init(.partial, stop.description, isComplete: false)
        } else if let failure {
            let interrupted = failure.code == .cancelled
            self.init(.partial, interrupted ? "The run was interrupted." : failure.description, isComplete: false)
        } else if report.isCut {
            self.init(.partial, "A limit on duration or bytes ended the sampling.", isComplete: false)
        } else if report.isTruncated {
            self.init(.partial, "The input ends before its header says; what there is was judged.", isComplete: true)
        } else if unjudged > 0 {
            self.init(.partial, "\(unjudged) of the pictures could not be judged.", isComplete: true)
        } else {
            self.init(.success, nil, isComplete: true)
        }
    }

    private init(_ status: ModerationResult.Status, _ note: String?, isComplete: Bool) {
        self.status = status
        self.note = note
        self.isComplete = isComplete
    }
}
