import Foundation
import Moderation
import Reports
import Store

/// A job at one moment.
struct JobSnapshot: Sendable {
    let listed: Store.ListedJob
    let order: JobOrder
    /// The state of a stream that this process watches.
    let state: StreamState?

    var job: StoredJob { listed.job }

    /// The state for people.
    var stateWord: String {
        guard job.status == .ongoing else { return job.status.rawValue }
        return state?.rawValue ?? "judging"
    }

    /// The results so far.
    /// - Parameters:
    ///   - frames: The job's frames that are kept, in order.
    ///   - request: The order as a request.
    ///   - judge: The present judge.
    func result(_ frames: [JobFrame], _ request: ModerationRequest, judge: JudgeIdentity) -> ModerationResult {
        let first = frames.first?.number ?? 1
        let end = (frames.map(\.position).max() ?? 0) + (frames.isEmpty ? 0 : Int(order.interval * 1000))
        let isComplete = job.status == .finished && job.missed == nil && first == 1
        let streams = Dictionary(grouping: frames, by: \.stream).sorted { ($0.key ?? 0) < ($1.key ?? 0) }
        let timelines = streams.map { _, frames in
            Timeline(
                samples: frames.map { Self.sample($0, first: first) }, end: end, asked: request.asked,
                policy: request.policy, isComplete: isComplete)
        }
        let timeline = Timeline(joining: timelines, asked: request.asked, policy: request.policy)
        var result = ModerationResult(
            timeline, of: request, status: job.status == .failure ? .failure : isComplete ? .success : .partial,
            note: note(kept: frames.count),
            media: .init(
                id: order.media, uri: order.uri, container: "", codec: "", width: 0, height: 0, rotation: 0,
                duration: nil),
            sampling: .init(
                mode: "exact", packetsRead: 0, packetsDecoded: 0, picturesDecoded: 0, failures: 0,
                groupsRedecoded: 0, truncated: false, cut: false),
            provider: judge, cost: .init(requests: job.frames, operations: 0, bytesSent: 0, reused: 0),
            timing: .init(wall: job.updated - job.started, decode: 0, judge: 0))
        if request.policy.confirm != nil, let segments = job.progress.segments, let decision = job.decision {
            // The frames of second looks are not kept, but what they changed is.
            let (tally, rejected) = (job.progress.tally, Set(segments.map(\.category)))
            (result.segments, result.finalDecision) = (segments, decision)
            (result.nbImages, result.nbImagesOk, result.nbImagesKo) = (tally.total, tally.ok, tally.ko)
            result.nbImagesUndetermined = tally.undetermined
            result.rejectCriteria = request.tasks.filter { !rejected.isDisjoint(with: $0.categories) }.map(\.name)
            result.confidenceScoreDecision = decision == .ko ? segments.map(\.peak.probability).max() : nil
        }
        return result
    }

    private static func sample(_ frame: JobFrame, first: Int) -> TimelineSample {
        TimelineSample(
            index: frame.number - first, position: frame.position, time: nil, judgement: frame.judgement, reused: false,
            failure: frame.judgement == nil ? "it could not be judged" : nil, stream: frame.stream)
    }

    private func note(kept: Int) -> String? {
        if let reason = job.problem ?? job.missed { return reason }
        return kept < job.frames ? "Only the newest \(kept) of \(job.frames) pictures are kept and shown." : nil
    }
}
