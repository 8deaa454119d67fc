import FrameSampling
import Moderation

/// How a run ended, in the words of a result.
struct RunOutcome {
    let status: ModerationResult.Status
    /// One sentence; `nil` where there is nothing to say.
    let note: String?
    /// All of the input that was asked for was seen. What was not seen may be anything.
    let isComplete: Bool
    /// Somebody ended it.
    let wasInterrupted: Bool
    /// The judge ended it.
    let stop: JudgeStop?

    /// - Parameters:
    ///   - failure: What ended the sampling early.
    ///   - stop: What the judge ended it with.
    ///   - unseen: Why streams that were to be looked at were not, one sentence.
    ///   - unjudged: Pictures that could not be judged.
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
