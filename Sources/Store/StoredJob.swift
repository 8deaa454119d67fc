import Foundation
import Moderation

/// A video submitted to be judged in the background.
public struct StoredJob: Hashable, Sendable {
    /// Whether a job is still running and, if not, how it ended.
    public enum Status: String, Hashable, Sendable {
        case ongoing, finished, stopped, failure
    }

    /// The id of the medium.
    public var media: String
    /// The name of the API key it was submitted with.
    public var key: String
    /// Whether it is still running and, if not, how it ended.
    public var status: Status
    /// When it was submitted and last changed, in Unix seconds.
    public var started, updated: Double
    /// The request, in a form that only the server reads.
    public var order: Data
    /// Frames judged so far, including those no longer kept.
    public var frames: Int
    /// What the policy makes of these frames.
    public var progress: JobProgress
    /// Why the job failed.
    public var problem: String?
    /// Why part of the input was not seen, one sentence; `nil` if nothing was missed so far.
    public var missed: String?
    /// How often a process began the job or resumed it without giving it back.
    public var starts: Int
    /// Whether it is a live stream.
    public var isLive: Bool
    /// The folder that holds its file, as `Store.place` names it; empty if every process can read its input.
    public var place: String
    /// The submitter's own id; empty if there is none.
    public var reference: String
    /// The process that has it, as `Store.owner` names it; empty while it waits for one.
    public internal(set) var owner = ""

    /// Creates an ongoing job without frames.
    /// - Parameters:
    ///   - started: Unix seconds.
    ///   - order: The request, in a form that only the server reads.
    ///   - isLive: Whether it is a live stream. Default false.
    ///   - place: The folder that holds its file; empty, the default, if every process can read its input.
    ///   - reference: The submitter's own id. Default: none.
    public init(
        media: String, key: String, started: Double, order: Data, isLive: Bool = false, place: String = "",
        reference: String = ""
    ) {
        self.reference = reference
        self.media = media
        self.key = key
        status = .ongoing
        (self.started, updated) = (started, started)
        self.order = order
        frames = 0
        starts = 0
        self.isLive = isLive
        self.place = place
        progress = JobProgress()
    }

    /// KO as soon as the policy rejects what was seen. OK only once the job has finished, all of the input was seen, and every picture
    /// was judged. `nil` if undecided so far.
    public var decision: Decision? {
        guard status != .ongoing || progress.isRejected else { return nil }
        return progress.tally.decision(
            isRejected: progress.isRejected, isComplete: status == .finished && missed == nil)
    }
}

/// What the policy makes of a job's frames.
public struct JobProgress: Hashable, Sendable {
    /// The decisions on all frames so far, including those no longer kept.
    public var tally: Tally
    /// Whether the policy rejects what was seen.
    public var isRejected: Bool
    /// The segments that count; `nil` until the job is over.
    public var segments: [Segment]?

    /// See the properties of the same names.
    public init(tally: Tally = Tally(), isRejected: Bool = false, segments: [Segment]? = nil) {
        (self.tally, self.isRejected, self.segments) = (tally, isRejected, segments)
    }
}

/// One judged position of a job.
public struct JobFrame: Hashable, Sendable {
    /// Counts from 1.
    public var number: Int
    /// ms from the start of the video.
    public var position: Int
    /// `nil` if the frame could not be judged.
    public var judgement: Judgement?
    /// The index of its video stream among the streams of the input, if known.
    public var stream: Int?

    /// Creates a frame from its values.
    public init(number: Int, position: Int, judgement: Judgement?, stream: Int? = nil) {
        self.stream = stream
        self.number = number
        self.position = position
        self.judgement = judgement
    }
}

extension StoredJob {
    init(_ row: SQLRow) throws {
        self.init(
            media: try row.value("media"), key: try row.value("key"), started: try row.value("started"),
            order: try row.value("order"), isLive: try row.value("live"), place: try row.value("place"),
            reference: try row.value("reference"))
        status = Status(rawValue: try row.value("status")) ?? .failure
        progress.tally = Tally(
            ok: try row.value("ok"), ko: try row.value("ko"), undetermined: try row.value("undetermined"))
        progress.isRejected = try row.value("rejected")
        let segments: Data? = try row.optional("segments")
        progress.segments = segments.flatMap { try? JSONDecoder().decode([Segment].self, from: $0) }
        updated = try row.value("updated")
        frames = try row.value("frames")
        problem = try row.optional("problem")
        missed = try row.optional("missed")
        starts = try row.value("starts")
        owner = try row.value("owner")
    }
}

extension JobFrame {
    init(_ row: SQLRow) throws {
        let judgement: Data? = try row.optional("judgement")
        self.init(
            number: try row.value("number"), position: try row.value("position"),
            judgement: judgement.flatMap(KeptJudgement.decode), stream: try row.optional("stream"))
    }
}
