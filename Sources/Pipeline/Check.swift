import Foundation
import FrameSampling
import Moderation

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
        if policy.confirm != nil, !input.canBeReadAgain { throw CheckRefusal.readOnce(input.name) }
        let clock = ContinuousClock()
        let began = clock.now
        let sampler = try await FrameSampler.open(input, options: boundedSampling)
        stop.whenStopped { sampler.cancel() }
        if let declared = sampler.header.declaredDuration { try requireWithinBounds(declared) }
        let fold = Fold(asked: asked, policy: policy, progress: progress, observe: observe)
        let halt = Halt()
        let line = JudgementLine(judge: judge, concurrency: concurrency, thumbnails: thumbnails, policy: policy)
        let failure = try await line.judge(sampler, into: fold, halt) { _ in asked }
        if let longest, fold.lastPosition > longest.milliseconds { throw CheckRefusal.tooLong(longest) }
        if let mostPositions, fold.tally.total > mostPositions { throw CheckRefusal.tooManyPositions(mostPositions) }
        var looks = SecondLooks(input: input, sampling: sampling, line: line)
        let report = sampler.report
        let end = report.duration.map { Int($0.milliseconds) }
        var timeline = fold.timeline(end: end, interval: sampling.interval)
        if failure == nil, halt.reason == nil { timeline = await looks.take(timeline, stop, halt) }
        let outcome = Outcome(
            report: report, failure: failure ?? looks.failure, stop: halt.reason, unjudged: fold.tally.undetermined)
        timeline.isComplete = outcome.isComplete
        return result(timeline, fold, looks, sampler, outcome, wall: clock.now - began)
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

    private func result(
        _ timeline: Timeline, _ fold: Fold, _ looks: SecondLooks, _ sampler: FrameSampler, _ outcome: Outcome,
        wall: Duration
    ) -> ModerationResult {
        let report = sampler.report
        return ModerationResult(
            status: outcome.status, note: outcome.note, wasInterrupted: outcome.wasInterrupted,
            stop: outcome.stop, timeline: timeline, tasks: tasks,
            frameInterval: sampling.interval.inSeconds,
            media: media(sampler.header, duration: report.duration.map { Int($0.milliseconds) }),
            sampling: .init(
                mode: sampling.mode.rawValue, packetsRead: report.packetsRead + looks.packetsRead,
                packetsDecoded: report.packetsDecoded + looks.packetsDecoded,
                picturesDecoded: report.picturesDecoded + looks.picturesDecoded,
                failures: report.failures + looks.failures, groupsRedecoded: report.groupsRedecoded,
                truncated: report.isTruncated, cut: report.isCut),
            provider: judge.identity,
            cost: cost(judged: fold.judged + looks.judged, reused: fold.reused + looks.reused),
            timing: .init(
                wall: wall.inSeconds, decode: (report.decodeTime + looks.decodeTime).inSeconds,
                judge: (fold.judgeTime + looks.judgeTime).inSeconds))
    }

    private func cost(judged: Int, reused: Int) -> ModerationResult.Cost {
        guard let spending = judge.spending else {
            return .init(requests: judged, operations: 0, bytesSent: 0, reused: reused)
        }
        return .init(
            requests: spending.requests, operations: spending.operations, bytesSent: spending.bytesSent,
            reused: reused + spending.known, spared: spending.spared)
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
    /// A second look has to read the input once more, and standard input or a pipe is gone once it was read.
    case readOnce(String)
}

extension CheckRefusal: CustomStringConvertible {
    public var description: String {
        switch self {
        case .tooLong(let most): "The video is longer than \(Int(most.inSeconds)) s."
        case .tooManyPositions(let most): "The video has more than \(most) positions to judge."
        case .readOnce(let name):
            "\(name) can be read only once, and confirming reads it again: give a file or an address, or leave out --confirm."
        }
    }
}

extension VideoInput {
    /// Standard input and pipes cannot.
    fileprivate var canBeReadAgain: Bool {
        switch self {
        case .standardInput: return false
        case .address: return true
        case .path(let path):
            let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
            let attributes = try? FileManager.default.attributesOfItem(atPath: target)
            return attributes?[.type] as? FileAttributeType == .typeRegular
        }
    }
}

/// How a run ended, in the words of a result.
private struct Outcome {
    let status: ModerationResult.Status
    let note: String?
    /// All of the input that there is was seen.
    let isComplete: Bool
    /// Somebody ended it.
    let wasInterrupted: Bool
    /// The judge ended it.
    let stop: JudgeStop?

    init(report: SamplingReport, failure: FrameSamplingError?, stop: JudgeStop?, unjudged: Int) {
        if let stop {
            self.init(.partial, stop.description, isComplete: false, stop: stop)
        } else if let failure {
            let interrupted = failure.code == .cancelled
            self.init(
                .partial, interrupted ? "The run was interrupted." : failure.description, isComplete: false,
                wasInterrupted: interrupted)
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

    private init(
        _ status: ModerationResult.Status, _ note: String?, isComplete: Bool, wasInterrupted: Bool = false,
        stop: JudgeStop? = nil
    ) {
        self.status = status
        self.note = note
        self.isComplete = isComplete
        self.wasInterrupted = wasInterrupted
        self.stop = stop
    }
}
