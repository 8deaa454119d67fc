import Base
import Foundation
import FrameSampling
import Moderation

/// The outcome of a check.
public struct CheckOutcome: Sendable {
    /// The result to report.
    public var result: ModerationResult
    /// The timeline that the result was made from.
    public let timeline: Timeline
    /// Why the judge ended the run, if it did.
    public let stop: JudgeStop?
    /// The error that ended the sampling early, if there was one.
    public let failure: FrameSamplingError?
    /// Whether the run was stopped early from outside.
    public let wasInterrupted: Bool
}

/// One moderation: an input, a judge, the tasks and a policy.
public struct Check: Sendable {
    /// Which video streams of an input are judged.
    public enum Streams: Hashable, Sendable {
        /// The one that players show.
        case shown
        /// All, one after the other, including cover art. The input is read again for each. At most `maxStreams` are
        /// judged; if there are more, the result is incomplete.
        case all
        /// The stream with this index in the input.
        case number(Int)
    }

    /// The most video streams of one input that are judged.
    public static let maxStreams = 16

    /// Where an earlier run of the same check ended.
    public struct Resumption: Hashable, Sendable {
        /// The index of the video stream it was judging; `nil` for the one that players show.
        public var stream: Int?
        /// The number of positions of this stream that were judged, from its beginning.
        public var positions: Int
        /// The other streams that were judged to their ends. Streams that could not be judged are tried again.
        public var others: Set<Int>

        /// Creates a resumption from its values.
        public init(stream: Int?, positions: Int, others: Set<Int> = []) {
            self.stream = stream
            self.positions = positions
            self.others = others
        }
    }

    /// The video or picture.
    public var input: VideoInput
    /// Judges the pictures.
    public var judge: any ImageJudge
    /// What is asked of the judge, and how it is decided.
    public let request: ModerationRequest
    /// Which pictures are judged, and limits. The interval is that of the request.
    public private(set) var sampling: SamplingOptions
    /// Which video streams are judged. Default `shown`.
    public var streams = Streams.shown
    /// Where to resume; `nil` to begin at the beginning.
    public var resumption: Resumption?
    /// The most stills judged at once. Default: what the judge recommends.
    public var concurrency: Int?
    /// Longer videos are refused: at once if the header says so, otherwise when this is exceeded. `nil` for no limit.
    public var maxDuration: Duration?
    /// Videos with more positions in all streams together are refused in the same way. `nil` for no limit.
    public var maxPositions: Int?

    /// Keeps small pictures for a report; `nil` to keep none.
    public var thumbnails: ThumbnailKeeper?
    /// Hears of each judged picture; `nil` for nobody.
    public var pictures: (any PictureListener)?
    /// Called with each decided sample in order, one stream after the other. The check waits for it, so it sets the
    /// pace.
    public var observe: @Sendable (TimelineSample) async -> Void = { _ in }

    /// Creates a check with defaults for the rest. The interval of `sampling` is replaced by that of the request.
    public init(
        input: VideoInput, judge: any ImageJudge, request: ModerationRequest,
        sampling: SamplingOptions = SamplingOptions()
    ) {
        self.input = input
        self.judge = judge
        self.request = request
        self.sampling = sampling
        self.sampling.interval = request.interval
    }

    /// Samples, judges and decides. Memory grows with the video only by one small record per sample.
    ///
    /// Errors after the first picture end the run with a partial result, so that nothing that was judged is lost.
    /// - Parameters:
    ///   - stop: Ends the run early, with a partial result.
    ///   - progress: Called after each judged picture, from any thread.
    /// - Throws: `FrameSamplingError` if the input cannot be opened or its first picture cannot be decoded;
    ///   `CheckRefusal`.
    public func run(
        stop: StopSignal = StopSignal(), progress: @escaping @Sendable (RunProgress) -> Void = { _ in }
    ) async throws -> CheckOutcome {
        if request.policy.confirm != nil, !input.canBeReadAgain { throw CheckRefusal.readOnce(input.name) }
        if streams == .all, !input.canBeReadAgain { throw CheckRefusal.readOnceForStreams(input.name) }
        let cost = RunCost()
        return try await RunCost.$current.withValue(cost) { try await run(stop, progress, cost) }
    }

    private func run(
        _ stop: StopSignal, _ progress: @escaping @Sendable (RunProgress) -> Void, _ cost: RunCost
    ) async throws -> CheckOutcome {
        let began = ContinuousClock.now
        var passes = try await StreamPasses(self, stop: stop, progress: progress)
        try await passes.run()
        let outcome = passes.outcome
        var timeline = passes.timeline
        timeline.isComplete = outcome.isComplete
        let result = result(timeline, passes, outcome, cost, wall: ContinuousClock.now - began)
        return CheckOutcome(
            result: result, timeline: timeline, stop: outcome.stop, failure: passes.failure,
            wasInterrupted: outcome.wasInterrupted)
    }

    private func result(
        _ timeline: Timeline, _ passes: StreamPasses, _ outcome: RunOutcome, _ cost: RunCost, wall: Duration
    ) -> ModerationResult {
        let work = passes.work
        return ModerationResult(
            timeline, of: request, status: outcome.status, note: outcome.note, media: media(passes),
            sampling: .init(
                mode: sampling.mode.rawValue, packetsRead: work.packetsRead, packetsDecoded: work.packetsDecoded,
                picturesDecoded: work.picturesDecoded, failures: work.failures,
                groupsRedecoded: work.groupsRedecoded, truncated: passes.isTruncated, cut: passes.reachedLimit,
                sandbox: DecoderSandbox.applies(sampling.sandbox)),
            provider: judge.identity, cost: summary(cost, judged: work.judged, reused: work.reused),
            timing: .init(
                wall: wall.inSeconds, decode: work.decodeTime.inSeconds, judge: work.judgeTime.inSeconds,
                packs: cost.timeByPart ?? judge.timeByPart))
    }

    private func summary(_ cost: RunCost, judged: Int, reused: Int) -> ModerationResult.Cost {
        // A judge that does not know of runs has totals of its own.
        guard let spending = cost.spending ?? judge.spending else {
            return .init(requests: judged, operations: 0, bytesSent: 0, reused: reused)
        }
        return .init(
            requests: spending.requests, operations: spending.operations, bytesSent: spending.bytesSent,
            reused: reused + spending.known, spared: spending.spared)
    }

    private func media(_ passes: StreamPasses) -> ModerationResult.Media {
        var media = ModerationResult.Media(input.name, passes.header, duration: passes.duration)
        media.streams = passes.streams
        return media
    }
}

/// Why a check was refused.
public enum CheckRefusal: Error, Hashable, Sendable {
    /// The video is longer than this limit.
    case tooLong(Duration)
    /// The video has more positions than this limit.
    case tooManyPositions(Int)
    /// The policy asks for second looks, which read the input again, but standard input and pipes can be read only
    /// once.
    case readOnce(String)
    /// All streams are to be judged, each of which reads the input again, but it can be read only once.
    case readOnceForStreams(String)
}

extension CheckRefusal: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        switch self {
        case .tooLong(let most): "The video is longer than \(most.wholeSeconds) s."
        case .tooManyPositions(let most): "The video has more than \(most) positions to judge."
        case .readOnce(let name):
            "\(name) can be read only once, and confirming reads it again: give a file or an address, or leave out --confirm."
        case .readOnceForStreams(let name):
            "\(name) can be read only once, and each video stream is read by itself: give a file or an address, or leave out --streams all."
        }
    }
}

extension VideoInput {
    /// Whether the input can be opened more than once; not so for standard input and pipes.
    package var canBeReadAgain: Bool {
        switch self {
        case .standardInput: return false
        case .address, .signed: return true
        case .path(let path):
            // `stat` follows links such as /dev/fd/3, which may lead to a file without a name.
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }
}
