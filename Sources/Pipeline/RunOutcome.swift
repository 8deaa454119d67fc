import FrameSampling
import Moderation

/// How a run ended, as a result states it.
struct RunOutcome {
    let status: ModerationResult.Status
    /// One sentence; `nil` if the run succeeded.
    let note: String?
    /// Whether all of the requested input was seen. Unseen parts may show anything.
    let isComplete: Bool
    /// Whether the run was stopped from outside.
    let wasInterrupted: Bool
    /// Why the judge ended the run.
    let stop: JudgeStop?

    /// - Parameters:
    ///   - failure: The error that ended the sampling early.
    ///   - stop: Why the judge ended the run.
    ///   - unseen: Why requested streams were not judged, one sentence.
    ///   - unjudged: The number of pictures that could not be judged.
    init(
        isCut: Bool, isTruncated: Bool, failure: FrameSamplingError?, stop: JudgeStop?, unseen: String?, unjudged: Int
    ) {
        if let stop {
            self.init(note: stop.description, stop: stop)
        } else if let failure {
            let interrupted = failure.code == .cancelled
            self.init(
                note: interrupted ? "The run was interrupted." : failure.description, wasInterrupted: interrupted)
        } else if isCut {
            self.init(note: "A limit on duration or bytes ended the sampling.")
        } else if isTruncated {
            self.init(note: "The input ends before its header says; only what there is was judged.")
        } else if let unseen {
            self.init(note: unseen)
        } else if unjudged > 0 {
            self.init(note: "\(unjudged) of the pictures could not be judged.", isComplete: true)
        } else {
            self.init(.success, note: nil, isComplete: true)
        }
    }

    private init(
        _ status: ModerationResult.Status = .partial, note: String?, isComplete: Bool = false,
        wasInterrupted: Bool = false, stop: JudgeStop? = nil
    ) {
        self.status = status
        self.note = note
        self.isComplete = isComplete
        self.wasInterrupted = wasInterrupted
        self.stop = stop
    }
}
