import Foundation
import Moderation
import Reports
import Store

/// A submitted video or stream, as the dashboard shows it.
struct Run: Sendable {
    let job: StoredJob
    let order: JobOrder
    /// Of a stream that is being watched.
    let state: StreamState?

    /// KO as soon as there is one KO picture; OK only once all of it was judged.
    var decision: Decision? {
        if job.tally.ko > 0 { return .ko }
        guard job.status != .ongoing else { return nil }
        return job.status == .finished && job.tally.undetermined == 0 && job.tally.ok > 0 ? .ok : .undetermined
    }

    var stateWord: String {
        guard job.status == .ongoing else { return job.status.rawValue }
        return state?.rawValue ?? "judging"
    }

    /// What is known so far.
    /// - Parameters:
    ///   - frames: Those that are kept.
    ///   - tasks: What is looked for.
    func result(_ frames: [JobFrame], tasks: [ModerationTask], judge: JudgeIdentity) -> ResultDocument {
        let asked = Backend.categories(tasks)
        let first = frames.first?.number ?? 1
        let samples = frames.map { frame in
            TimelineSample(
                index: frame.number - first, position: frame.position, time: nil, judgement: frame.judgement,
                verdict: Verdict(frame.judgement, asked: asked, policy: Policy()), reused: false,
                failure: frame.judgement == nil ? "it could not be judged" : nil)
        }
        let end = (frames.last?.position ?? 0) + (frames.isEmpty ? 0 : Int(order.interval * 1000))
        let timeline = Timeline(
            samples: samples, end: end, asked: asked, policy: Policy(),
            isComplete: job.status == .finished && first == 1)
        return ResultDocument(
            ModerationResult(
                status: job.status == .finished ? .success : job.status == .failure ? .failure : .partial,
                note: note(kept: frames.count), wasInterrupted: job.status == .stopped, timeline: timeline,
                tasks: tasks,
                frameInterval: order.interval,
                media: .init(
                    id: order.media, uri: order.uri, container: "", codec: "", width: 0, height: 0, rotation: 0,
                    duration: nil),
                sampling: .init(
                    mode: "exact", packetsRead: 0, packetsDecoded: 0, picturesDecoded: 0, failures: 0,
                    groupsRedecoded: 0,
                    truncated: false, cut: false),
                provider: judge, cost: .init(requests: job.frames, operations: 0, bytesSent: 0, reused: 0),
                timing: .init(wall: job.updated - job.started, decode: 0, judge: 0)))
    }

    private func note(kept: Int) -> String? {
        if let problem = job.problem { return problem }
        return kept < job.frames ? "Of \(job.frames) pictures the newest \(kept) are kept, and shown." : nil
    }
}
