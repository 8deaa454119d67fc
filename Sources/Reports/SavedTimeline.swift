import Moderation

extension ResultDocument {
    /// The timeline of a saved result under a policy, nothing judged again: what second looks saw still counts, and where
    /// nobody looked again hits are unconfirmed.
    public func timeline(under policy: Policy) -> Timeline {
        let asked = Set(moderationTasks.flatMap(\.categories))
        let samples = frames.enumerated().map { index, frame in
            let judgement = frame.scores.isEmpty ? nil : frame.judgement
            return TimelineSample(
                index: index, position: frame.info.position, time: MediaTime(frame.info.pts, frame.info.timeBase),
                judgement: judgement, verdict: Verdict(judgement, asked: asked, policy: policy), reused: frame.reused,
                failure: frame.error)
        }
        let dense = (confirmation?.frames ?? []).map { frame in
            let judgement = frame.scores.isEmpty ? nil : Judgement(scores: frame.scores)
            return DenseSample(
                position: frame.position, time: MediaTime(frame.pts, frame.timeBase), judgement: judgement,
                failure: frame.error)
        }
        return Timeline(
            samples: samples, dense: dense, end: end, asked: asked, policy: policy,
            isComplete: complete ?? (status == .success || sampling.truncated))
    }
}

extension MediaTime {
    fileprivate init?(_ pts: Int64?, _ timeBase: TimeBase?) {
        guard let pts, let timeBase else { return nil }
        self.init(pts: pts, timeBase: timeBase)
    }
}

extension Judgement {
    init(scores: [String: Double]) {
        self.init(
            probabilities: scores.reduce(into: [:]) { $0[Category(rawValue: $1.key)] = $1.value })
    }
}
