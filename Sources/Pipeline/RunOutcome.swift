import FrameSampling
import Moderation

/// How a run ended, as a result states it.
struct RunOutcome {
    var status = ModerationResult.Status.partial
    /// One sentence; `nil` if the run succeeded.
    var note: String?
    /// Whether all of the requested input was seen. Unseen parts may show anything.
    var isComplete = false
    /// Whether the run was stopped from outside.
    var wasInterrupted = false
    /// Why the judge ended the run.
    var stop: JudgeStop?
}

extension RunOutcome {
    /// - Parameters:
    ///   - failure: The error that ended the sampling early.
    ///   - stop: Why the judge ended the run.
    ///   - unseen: Why requested streams were not judged, one sentence.
    ///   - unjudged: The number of pictures that could not be judged.
    init(
        reachedLimit: Bool, isTruncated: Bool, failure: FrameSamplingError?, stop: JudgeStop?, unseen: String?,
        unjudged: Int
    ) {
        if let stop {
            self.init(note: stop.description, stop: stop)
        } else if let failure {
            let interrupted = failure.code == .cancelled
            self.init(
                note: interrupted ? "The run was interrupted." : failure.description, wasInterrupted: interrupted)
        } else if reachedLimit {
            self.init(note: "A limit on duration or bytes ended the sampling.")
        } else if isTruncated {
            self.init(note: "The input ends before its header says; only what there is was judged.")
        } else if let unseen {
            self.init(note: unseen)
        } else if unjudged > 0 {
            self.init(note: "\(unjudged) of the pictures could not be judged.", isComplete: true)
        } else {
            self.init(status: .success, isComplete: true)
        }
    }
}
