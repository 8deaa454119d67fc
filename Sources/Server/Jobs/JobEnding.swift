import FrameSampling
import Moderation
import Pipeline
import Store

/// How a job ended, as it is stored.
struct JobEnding {
    /// Not `ongoing`.
    let status: StoredJob.Status
    /// Why it failed, one sentence.
    var problem: String?
    /// Why not all of the input was seen, one sentence.
    var missed: String?
    /// The final counts, including second looks, of a run that began at the start; `nil` if unknown.
    var progress: JobProgress?

    /// Creates an ending without final counts.
    init(_ status: StoredJob.Status, problem: String? = nil, missed: String? = nil) {
        (self.status, self.problem, self.missed) = (status, problem, missed)
    }

    /// The ending of a check of a file or address.
    init(_ outcome: CheckOutcome, wasStopped: Bool) {
        if let stop = outcome.stop {
            self.init(.failure, problem: stop.description)
        } else if wasStopped {
            self.init(.stopped)
        } else if !outcome.timeline.isComplete {
            let note = VideoModeration.incompleteReason(outcome.result)
            self.init(.failure, problem: note, missed: note)
        } else {
            self.init(.finished)
        }
        progress = JobProgress(
            tally: outcome.timeline.tally, isRejected: outcome.timeline.decision == .ko,
            segments: outcome.timeline.segments)
    }

    /// The ending of a live stream.
    init(_ outcome: WatchOutcome) {
        if outcome.wasStopped {
            self.init(.stopped)
        } else if let stop = outcome.stop {
            self.init(.failure, problem: stop.description)
        } else if outcome.summary.state == .failed {
            self.init(.failure, problem: outcome.failure.map { Refusal(video: $0).sentence })
        } else {
            self.init(.finished)
        }
        missed = Self.missed(outcome)
        progress = JobProgress(tally: outcome.summary.tally, isRejected: outcome.summary.decision == .ko)
    }

    private static func missed(_ outcome: WatchOutcome) -> String? {
        let summary = outcome.summary
        if summary.gaps > 0 {
            let seconds = (Double(summary.gapTime) / 100).rounded() / 10
            return "For \(seconds) s nothing of the stream was received (\(summary.gaps) gaps)."
        }
        let unseen = outcome.streams.filter { !$0.isSampled && !$0.isAlternative && !$0.isCover }
        guard let first = unseen.first else { return nil }
        let others = unseen.count > 1 ? " and \(unseen.count - 1) more" : ""
        return "Video stream \(first.index)\(others) was not looked at."
    }
}
