import Base
import Foundation
import FrameSampling
import Moderation

/// How a check ended.
public struct CheckOutcome: Sendable {
    public var result: ModerationResult
    /// What the result tells of.
    public let timeline: Timeline
    /// The judge ended it.
    public let stop: JudgeStop?
    /// Somebody ended it early.
    public let wasInterrupted: Bool
}

/// One moderation: an input, a judge, what to look for and how to decide.
public struct Check: Sendable {
    /// Which of an input's video streams are looked at.
    public enum Streams: Hashable, Sendable {
        /// The one players show.
        case shown
        /// All, one after the other, cover art too: the input is read again for each. At most `mostStreams`; what there
        /// is beyond makes the result incomplete.
        case all
        /// The one of this number among the input's streams.
        case number(Int)
    }

    /// Video streams of one input that are looked at, at most.
    public static let mostStreams = 16

    /// Samples that were taken before, and are left out.
    public struct Resumption: Hashable, Sendable {
        /// Number of the video stream; `nil`: the one players show.
        public var stream: Int?
        /// Of this stream, from its beginning.
        public var positions: Int
        /// Other streams, which were looked at to their ends. One that could not be is none of them, and is tried again.
        public var others: Set<Int>

        public init(stream: Int?, positions: Int, others: Set<Int> = []) {
            self.stream = stream
            self.positions = positions
            self.others = others
        }
    }

    public var input: VideoInput
    public var judge: any ImageJudge
    public let request: ModerationRequest
    /// Its interval is the request's.
    public private(set) var sampling: SamplingOptions
    public var streams = Streams.shown
    /// Goes on where another run has ended. `nil`: from the beginning.
    public var resumption: Resumption?
    /// Stills judged at once; default: as many as the judge can.
    public var concurrency: Int?
    /// A longer video is refused: at once when its header says so, else when it goes on. `nil`: any length.
    public var longest: Duration?
    /// More positions than this, of all streams together, are refused, likewise. `nil`: any number.
    public var mostPositions: Int?

    /// Keeps small pictures for a report. `nil`: none are made.
    public var thumbnails: ThumbnailKeeper?
    /// Hears of each position once it is decided, in order, one stream after the other. It is waited for, so that whoever
    /// keeps the samples sets the pace.
    public var observe: @Sendable (TimelineSample) async -> Void = { _ in }

    /// - Parameters:
    ///   - sampling: Its interval is replaced by the request's.
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

    /// Samples, judges and folds. Memory does not grow with the length of the video but for one small record a sample.
    ///
    /// Throws when the input cannot be opened or its first picture not be decoded. What goes wrong later ends the run
    /// with a partial result: nothing that was judged is lost.
    /// - Parameters:
    ///   - stop: Ends the run early, with a partial result.
    ///   - progress: Called after each judged picture; may be called from any thread.
    public func run(
        stop: StopSignal = StopSignal(), progress: @escaping @Sendable (RunProgress) -> Void = { _ in }
    ) async throws -> CheckOutcome {
        if request.policy.confirm != nil, !input.canBeReadAgain { throw CheckRefusal.readOnce(input.name) }
        if streams == .all, !input.canBeReadAgain { throw CheckRefusal.readOnceForStreams(input.name) }
        let began = ContinuousClock.now
        var passes = try await StreamPasses(self, stop: stop, progress: progress)
        try await passes.run()
        let outcome = passes.outcome
        var timeline = passes.timeline
        timeline.isComplete = outcome.isComplete
        let result = result(timeline, passes, outcome, wall: ContinuousClock.now - began)
        return CheckOutcome(
            result: result, timeline: timeline, stop: outcome.stop, wasInterrupted: outcome.wasInterrupted)
    }

    private func result(
        _ timeline: Timeline, _ passes: StreamPasses, _ outcome: RunOutcome, wall: Duration
    ) -> ModerationResult {
        let work = passes.work
        return ModerationResult(
            timeline, of: request, status: outcome.status, note: outcome.note, media: media(passes),
            sampling: .init(
                mode: sampling.mode.rawValue, packetsRead: work.packetsRead, packetsDecoded: work.packetsDecoded,
                picturesDecoded: work.picturesDecoded, failures: work.failures,
                groupsRedecoded: work.groupsRedecoded, truncated: passes.isTruncated, cut: passes.isCut),
            provider: judge.identity, cost: cost(judged: work.judged, reused: work.reused),
            timing: .init(
                wall: wall.inSeconds, decode: work.decodeTime.inSeconds, judge: work.judgeTime.inSeconds,
                packs: judge.timeByPart))
    }

    private func cost(judged: Int, reused: Int) -> ModerationResult.Cost {
        guard let spending = judge.spending else {
            return .init(requests: judged, operations: 0, bytesSent: 0, reused: reused)
        }
        return .init(
            requests: spending.requests, operations: spending.operations, bytesSent: spending.bytesSent,
            reused: reused + spending.known, spared: spending.spared)
    }

    private func media(_ passes: StreamPasses) -> ModerationResult.Media {
        let id = UUID().uuidString.lowercased().filter { $0 != "-" }
        let header = passes.header
        var media = ModerationResult.Media(
            id: id, uri: input.name, container: header.container, codec: header.codec, width: header.width,
            height: header.height, rotation: header.rotation, duration: passes.duration.map { $0.wholeMilliseconds },
            declaredDuration: header.declaredDuration.map { $0.wholeMilliseconds })
        media.streams = passes.streams
        return media
    }
}

/// Why a check that would be too much work was not done.
public enum CheckRefusal: Error, Hashable, Sendable {
    case tooLong(Duration)
    case tooManyPositions(Int)
    /// A second look has to read the input once more, and standard input or a pipe is gone once it was read.
    case readOnce(String)
    /// Likewise each further video stream.
    case readOnceForStreams(String)
}

extension CheckRefusal: CustomStringConvertible {
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
    /// Standard input and pipes cannot.
    var canBeReadAgain: Bool {
        switch self {
        case .standardInput: return false
        case .address: return true
        case .path(let path):
            // What it leads to, which may be a file that has no name any more.
            var status = stat()
            return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
        }
    }
}
