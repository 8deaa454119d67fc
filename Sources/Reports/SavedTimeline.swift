import Moderation

extension ModerationResult {
    /// Applies a policy to a saved result without judging anything. Existing second looks count. Hits that the policy
    /// wants a second look at, and that have none, are unconfirmed.
    public func timeline(under policy: Policy) -> Timeline {
        let asked = moderationTasks.categories
        let dense = (confirmation?.frames ?? []).map { frame in
            let judgement = frame.scores.isEmpty ? nil : Judgement(scores: frame.scores)
            return DenseSample(
                position: frame.position, time: MediaTime(frame.pts, frame.timeBase), judgement: judgement,
                failure: frame.error)
        }
        let streams = Dictionary(grouping: frames, by: \.info.stream).sorted { ($0.key ?? 0) < ($1.key ?? 0) }
        let timelines = streams.map { stream, frames in
            // The result does not say which stream a second look belongs to; timestamps do.
            let times = Set(frames.compactMap { MediaTime($0.info.pts, $0.info.timeBase) })
            return Timeline(
                samples: frames.enumerated().map { $1.sample($0) },
                dense: streams.count == 1 ? dense : dense.filter { $0.time.map(times.contains) ?? false }, end: end,
                asked: asked, policy: policy, isComplete: isComplete)
        }
        return Timeline(joining: timelines, asked: asked, policy: policy)
    }

    /// Whether all of the input was seen. Older results only have a status.
    private var isComplete: Bool { complete ?? (status == .success) }
}

extension ModerationResult.Frame {
    fileprivate func sample(_ index: Int) -> TimelineSample {
        TimelineSample(
            index: index, position: info.position, time: MediaTime(info.pts, info.timeBase),
            judgement: scores.isEmpty ? nil : judgement, reused: reused, failure: error, stream: info.stream)
    }
}

extension MediaTime {
    fileprivate init?(_ pts: Int64?, _ timeBase: TimeBase?) {
        guard let pts, let timeBase else { return nil }
        self.init(pts: pts, timeBase: timeBase)
    }
}

extension Judgement {
    init(scores: [String: Double], findings: Findings = Findings()) {
        self.init(
            probabilities: scores.reduce(into: [:]) { $0[ContentCategory(rawValue: $1.key)] = $1.value },
            findings: findings)
    }
}
