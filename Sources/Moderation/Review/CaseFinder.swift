import Base

/// Finds the parts of one medium that a person should look at, sample by sample. Its memory use does not grow with the
/// number of samples.
public struct CaseFinder: Sendable {
    private struct Kind: Hashable {
        let reason: ReviewCase.Reason
        let category: ContentCategory?
    }

    private let policy: Policy
    private let harmful: [ContentCategory]
    /// In ms.
    private let interval: Int
    private let draw: @Sendable (_ position: Int) -> Double
    private var open: [Kind: ReviewCase] = [:]
    /// Those of segments, if second looks are still to say which of them count; the newest.
    private var provisional: [ReviewCase] = []
    private var last: TimelineSample?

    /// The most cases of segments that wait for second looks.
    private static let maxProvisional = RunningDecision.maxSegments

    /// - Parameters:
    ///   - request: What was asked for, with the policy.
    ///   - draw: Returns a number that is uniformly distributed in 0..<1, the same one for the same position (ms). Decides
    ///     whether a picture that is OK is drawn.
    public init(_ request: ModerationRequest, draw: @escaping @Sendable (_ position: Int) -> Double) {
        policy = request.policy
        harmful = request.policy.harmful(of: request.asked)
        interval = request.interval.wholeMilliseconds
        self.draw = draw
    }

    /// Whether cases of segments are only known at the end, since second looks may refute them.
    public var waitsForLooks: Bool { policy.confirm != nil }

    /// Whether a case may need the picture of a sample that is not decided on yet.
    /// - Parameters:
    ///   - judgement: `nil` if judging failed.
    ///   - position: In ms.
    public func mayNeedPicture(_ judgement: Judgement?, at position: Int) -> Bool {
        guard let judgement else { return true }
        return draw(position) < policy.sample ?? 0
            || harmful.contains { category in
                guard let probability = judgement.probabilities[category] else { return true }
                return probability >= policy.closeThreshold(for: category)
                    || policy.review?.contains(probability) == true
            }
    }

    /// Whether the sample that was added last is the one to look at of a case.
    public private(set) var isPeak = false

    /// Adds what a rule engine made of the next sample.
    /// - Returns: The cases that are new or have changed. With second looks, those of segments are not among them.
    public mutating func add(_ step: RunningDecision.Step) -> [ReviewCase] {
        let sample = step.sample
        isPeak = false
        defer { isPeak = isPeak || open.values.contains { $0.peak == sample.position } }
        var changed: [ReviewCase] = []
        if let last, sample.stream != last.stream || sample.position > last.position + interval + policy.gap + 1 {
            changed += finish()
        }
        last = sample
        for change in step.changes { changed += follow(change, sample) }
        changed += follow(sample)
        return changed
    }

    /// Ends the cases that are open.
    /// - Returns: Those that have changed.
    public mutating func finish() -> [ReviewCase] {
        defer { open = [:] }
        let ended = open.values.sorted { ($0.start, $0.reason.rawValue) < ($1.start, $1.reason.rawValue) }
        provisional += waitsForLooks ? ended.filter { $0.reason == .ko } : []
        return ended.filter { !waitsForLooks || $0.reason != .ko }
    }

    /// Tells which segments count after second looks.
    /// - Returns: Their cases.
    public mutating func conclude(_ segments: [Segment]) -> [ReviewCase] {
        _ = finish()
        return segments.map { segment in
            var found = ReviewCase(segment)
            for known in provisional where known.category == segment.category && known.stream == segment.stream {
                guard known.start < segment.end, segment.start < known.end else { continue }
                found.scores.merge(known.scores) { max($0, $1) }
            }
            return found
        }
    }

    // MARK: Segments

    private mutating func follow(_ change: RuleEngine.Change, _ sample: TimelineSample) -> [ReviewCase] {
        let segment = change.segment
        let kind = Kind(reason: .ko, category: segment.category)
        var found = open[kind] ?? ReviewCase(.ko, segment.category, sample, end: sample.position + interval)
        found.scores.merge(sample.judgement?.probabilities ?? [:]) { max($0, $1) }
        (found.start, found.end) = (segment.start, segment.end ?? sample.position + interval)
        (found.peak, found.probability) = (segment.peakPosition, segment.peakProbability)
        found.scores[segment.category] = segment.peakProbability
        switch change {
        case .opened, .updated: open[kind] = found
        case .closed: open[kind] = nil
        case .dismissed: return []
        }
        guard waitsForLooks else { return [found] }
        if case .closed = change {
            provisional.append(found)
            if provisional.count > Self.maxProvisional { provisional.removeFirst() }
        }
        return []
    }

    // MARK: Single samples

    private mutating func follow(_ sample: TimelineSample) -> [ReviewCase] {
        var changed: [ReviewCase] = []
        let doubtful = doubtful(sample)
        for category in harmful {
            changed += follow(Kind(reason: .doubt, category: category), sample, isMeant: doubtful.contains(category))
        }
        let isUnknown = sample.verdict.decision == .undetermined
        changed += follow(Kind(reason: .undetermined, category: nil), sample, isMeant: isUnknown)
        if let share = policy.sample, share > 0, sample.verdict.decision == .ok, doubtful.isEmpty,
            draw(sample.position) < share
        {
            isPeak = true
            changed.append(ReviewCase(.sample, nil, sample, end: sample.position + interval, weight: 1 / share))
        }
        return changed
    }

    /// The categories that are not hits, but may be there.
    private func doubtful(_ sample: TimelineSample) -> Set<ContentCategory> {
        guard let band = policy.review, let judgement = sample.judgement else { return [] }
        return Set(
            harmful.filter { category in
                !sample.verdict.rejected.contains(category)
                    && judgement.probabilities[category].map(band.contains) ?? false
            })
    }

    /// Opens, extends or closes the case of a kind.
    private mutating func follow(_ kind: Kind, _ sample: TimelineSample, isMeant: Bool) -> [ReviewCase] {
        let end = sample.position + interval
        guard var known = open[kind] else {
            guard isMeant else { return [] }
            let found = ReviewCase(kind.reason, kind.category, sample, end: end)
            open[kind] = found
            return [found]
        }
        guard isMeant else {
            guard end - known.end > policy.gap else { return [] }
            open[kind] = nil
            return [known]
        }
        let hasNewPeak = known.extend(sample, end: end)
        open[kind] = known
        return hasNewPeak ? [known] : []
    }
}
