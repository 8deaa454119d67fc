import Base

extension ModerationResult {
    /// Creates the result for a timeline. The real-time factor of `timing` is computed here. For the other parameters, see
    /// the properties of the same names.
    public init(
        _ timeline: Timeline, of request: ModerationRequest, status: Status, note: String?, media: Media,
        sampling: Sampling, provider: JudgeIdentity, cost: Cost, timing: Timing
    ) {
        let tasks = request.tasks
        let tally = timeline.tally
        let rejected = Set(timeline.rejected)
        (self.status, self.note) = (status, note)
        (finalDecision, confidenceScoreDecision) = (timeline.decision, timeline.confidence)
        (nbImages, nbImagesOk, nbImagesKo) = (tally.total, tally.ok, tally.ko)
        nbImagesUndetermined = tally.undetermined
        rejectCriteria = tasks.filter { !rejected.isDisjoint(with: $0.categories) }.map(\.name)
        taskCall = tasks.map(\.name).joined(separator: ",")
        self.tasks = tasks.reduce(into: [:]) { $0[$1.name] = $1.categories.map(\.rawValue) }
        frameInterval = request.interval.inSeconds
        (self.sampling, self.media, self.provider) = (sampling, media, provider)
        (self.media.referenceID, self.media.originID) = (request.referenceID, request.originID)
        policy = PolicySummary(timeline.policy)
        segments = timeline.segments
        let dismisses = timeline.policy.confirm != nil || timeline.policy.minDuration > 0
        dismissed = dismisses ? timeline.dismissed : nil
        confirmation = timeline.policy.confirm == nil ? nil : Confirmation(timeline)
        complete = timeline.isComplete
        categories = timeline.categories.byName
        frames = timeline.samples.map { Frame($0, mediaID: media.id) }
        (self.cost, self.timing) = (cost, timing)
        self.timing.realtimeFactor = media.duration.map { Double($0) / 1000 / max(timing.wall, 1e-9) }
        totalComputeTime = timing.wall
    }
}

extension ModerationResult.Frame {
    init(_ sample: TimelineSample, mediaID: String) {
        info = Info(
            id: "\(mediaID)_\(sample.index + 1)", position: sample.position, pts: sample.time?.pts,
            timeBase: sample.time?.timeBase, stream: sample.stream)
        (decision, confidence) = (sample.verdict.decision, sample.verdict.confidence)
        scores = (sample.judgement?.probabilities ?? [:]).byName
        rejectCriteria = sample.verdict.rejected.map(\.rawValue).sorted()
        hits = sample.standings.isEmpty ? nil : sample.standings.byName
        details = sample.judgement.flatMap { $0.findings.isEmpty ? nil : $0.findings }
        (reused, error) = (sample.reused, sample.failure)
    }
}

extension ModerationResult.Confirmation {
    init(_ timeline: Timeline) {
        func count(_ standing: Standing) -> Int {
            timeline.samples.count { $0.standings.values.contains(standing) }
        }
        nbImages = timeline.dense.count
        (confirmed, unconfirmed, refuted) = (count(.confirmed), count(.unconfirmed), count(.refuted))
        frames = timeline.dense.map { picture in
            Frame(
                position: picture.position, pts: picture.time?.pts, timeBase: picture.time?.timeBase,
                scores: (picture.judgement?.probabilities ?? [:]).byName,
                error: picture.failure)
        }
    }
}

extension ModerationResult.PolicySummary {
    init(_ policy: Policy) {
        (threshold, thresholds) = (policy.threshold, policy.thresholds.byName)
        decision = policy.rule.description
        gap = Double(policy.gap) / 1000
        closeThreshold = policy.closeThreshold
        closeThresholds = policy.closeThresholds.isEmpty ? nil : policy.closeThresholds.byName
        minDuration = policy.minDuration == 0 ? nil : Double(policy.minDuration) / 1000
        knownDistance = policy.knownDistance == Policy().knownDistance ? nil : policy.knownDistance
        confirm = policy.confirm.map {
            Confirm(
                interval: Double($0.interval) / 1000, agree: $0.agree, doubt: $0.doubt, mostPictures: $0.maxPictures)
        }
    }
}

extension Dictionary where Key == ContentCategory {
    /// The same with the names of categories as keys, as used in JSON.
    public var byName: [String: Value] { reduce(into: [:]) { $0[$1.key.rawValue] = $1.value } }
}
