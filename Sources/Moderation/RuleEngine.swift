/// Applies a policy to samples one at a time: finds hits, combines them into segments, and decides.
///
/// Used both for finished videos and for live streams. Its memory use does not grow with the number of samples.
public struct RuleEngine: Sendable {
    /// A change to the segments.
    public enum Change: Hashable, Sendable {
        /// A segment is long enough to count.
        case opened(LiveSegment)
        /// An open segment has a new peak, ten more seconds, or was confirmed.
        case updated(LiveSegment)
        /// An open segment has ended. Its standing says whether it counts.
        case closed(LiveSegment)
        /// A segment has ended before it was opened, because it is too short or was refuted.
        /// - samples: The numbers of its samples, from 0, that were hits so far.
        case dismissed(LiveSegment, samples: [Int])

        /// The segment after the change.
        public var segment: LiveSegment {
            switch self {
            case .opened(let segment), .updated(let segment), .closed(let segment), .dismissed(let segment, _): segment
            }
        }
    }

    /// The result of a second look for a category at a sample, if the look was taken before the sample is added.
    struct Seen: Sendable {
        /// The outcome for the hit; `nil` if the sample is not a hit.
        var standing: Standing?
        /// The share of pictures around the sample that disagree, 0…1.
        var disagreement = 0.0
        /// The start of the event in ms, if it begins before the sample.
        var start: Int?
        /// The end of the event in ms, if this is its last sample.
        var end: Int?
    }

    private struct Open: Sendable {
        var segment: LiveSegment
        /// The outcome for its last hit.
        var standing: Standing
        /// The end of its last hit in ms, according to a second look.
        var seenEnd: Int?
        /// The end of its last hit in ms; `nil` while the hit continues.
        var end: Int?
        /// The earliest possible end, in ms.
        var leastEnd: Int
        /// The position of the last update, in ms.
        var updatedAt: Int
        var isOpened = false
        /// Whether its second look is pending.
        var isAwaited: Bool
        /// The numbers of its hits, while they may still be dismissed.
        var samples: [Int] = []

        var isSettled: Bool { isOpened && !isAwaited }
    }

    private let asked: Set<ContentCategory>
    private let harmful: [ContentCategory]
    private let policy: Policy
    /// Whether all second looks are taken before the samples are added.
    private let isSeenBefore: Bool
    /// Hits of a category at most this far apart, in ms, belong to the same segment.
    private let bridge: Int
    /// The time between updates of an open segment without a new peak, in ms.
    private static let updateInterval = 10_000

    private var decisions: DecisionTally
    private var sums = CategorySums()
    /// The number of segments opened so far.
    public private(set) var segments = 0
    /// The number of segments that a later second look refuted.
    public private(set) var refuted = 0
    private var open: [ContentCategory: Open] = [:]
    /// Segments that have ended, but whose second look is pending.
    private var waiting: [Open] = []
    /// Runs of hits that were refuted before they were added.
    private var refutedRuns: [ContentCategory: LiveSegment] = [:]
    private var last: TimelineSample?
    private var wanted: [LiveLook] = []

    /// Applies a policy.
    /// - Parameter asked: The categories that were requested.
    public init(asked: Set<ContentCategory>, policy: Policy) {
        self.init(asked: asked, policy: policy, isSeenBefore: false)
    }

    /// - Parameter isSeenBefore: Whether all second looks are taken before the samples are added. If so, none are requested.
    init(asked: Set<ContentCategory>, policy: Policy, isSeenBefore: Bool) {
        (self.asked, self.policy, self.isSeenBefore) = (asked, policy, isSeenBefore)
        // Second looks may miss up to two pictures between two hits of one event.
        bridge = isSeenBefore ? Swift.max(policy.gap, policy.confirm.map { 2 * $0.interval } ?? 0) : policy.gap
        harmful = policy.harmful(of: asked)
        decisions = DecisionTally(rule: policy.rule)
    }

    /// The decisions on the samples so far. Decisions based on dismissed hits are replaced.
    public var tally: Tally { decisions.tally }

    /// Counts samples that came before the first one.
    mutating func count(_ earlier: Tally) { decisions.count(earlier) }

    /// Returns the decision on all samples so far.
    /// - Parameter isComplete: Whether these samples cover the whole input.
    public func decision(isComplete: Bool) -> Decision { decisions.decision.seeing(all: isComplete) }

    /// Statistics of each judged category so far.
    public var categories: [ContentCategory: CategorySummary] { sums.summaries }

    // MARK: Samples

    /// Adds the next sample, in order of position.
    /// - Parameter sample: Its verdict is ignored.
    /// - Returns: The sample with its verdict, and the changes to segments.
    public mutating func add(_ sample: TimelineSample) -> (sample: TimelineSample, changes: [Change]) {
        add(sample, seen: [:])
    }

    mutating func add(_ sample: TimelineSample, seen: [ContentCategory: Seen]) -> (
        sample: TimelineSample, changes: [Change]
    ) {
        var sample = sample
        let standings = standings(sample.judgement, seen)
        sample.standings = standings.filter { policy.confirm != nil || !$0.value.counts }
        sample.verdict = verdict(sample, rejected: Set(standings.filter(\.value.counts).keys), seen)
        sums.add(sample, asked)
        decisions.add(sample.verdict, otherwise: verdict(sample, rejected: [], seen).decision)
        var changes: [Change] = []
        for category in harmful {
            changes += advance(category, sample, standings[category], seen[category])
        }
        last = sample
        decisions.settle()
        return (sample, changes)
    }

    /// The hits: categories at or above the threshold, and after such hits those at or above the closing threshold.
    private func standings(_ judgement: Judgement?, _ seen: [ContentCategory: Seen]) -> [ContentCategory: Standing] {
        guard let probabilities = judgement?.probabilities else { return [:] }
        var standings: [ContentCategory: Standing] = [:]
        for category in harmful {
            guard let probability = probabilities[category] else { continue }
            let isHit = probability >= policy.threshold(for: category)
            let said = seen[category]?.standing
            if isHit || said == .confirmed {
                standings[category] = said ?? .unconfirmed
            } else if let present = open[category], present.end == nil,
                probability >= policy.closeThreshold(for: category)
            {
                standings[category] = present.standing
            }
        }
        return standings
    }

    /// - Parameter rejected: The hits that count.
    func verdict(_ sample: TimelineSample, rejected: Set<ContentCategory>, _ seen: [ContentCategory: Seen]) -> Verdict {
        let absence = seen.filter { sample.standings[$0.key] == .refuted }.mapValues(\.disagreement)
        return Verdict(sample.judgement, harmful: Set(harmful), rejected: rejected, absence: absence)
    }

    /// Updates one category's segments for a sample.
    private mutating func advance(
        _ category: ContentCategory, _ sample: TimelineSample, _ standing: Standing?, _ seen: Seen?
    ) -> [Change] {
        let dismissed = standing == .refuted ? refute(category, sample) : endRefuted(category, at: sample.position)
        let hit = standing.flatMap { $0.counts ? $0 : nil }
        guard let present = open[category] else {
            return dismissed + (hit.map { begin(category, sample, $0, seen) } ?? [])
        }
        if let hit, present.end == nil { return dismissed + extend(category, sample, hit, seen) }
        let end = present.end ?? Swift.max(present.leastEnd, present.seenEnd ?? sample.position)
        let next = Swift.min(seen?.start ?? sample.position, sample.position)
        if next - end > bridge || hit == nil && bridge == 0 {
            return dismissed + close(category, at: end) + (hit.map { begin(category, sample, $0, seen) } ?? [])
        }
        open[category]?.end = end
        guard let hit else { return dismissed }
        open[category]?.leastEnd = end
        open[category]?.segment.start = Swift.min(present.segment.start, next)
        return dismissed + extend(category, sample, hit, seen)
    }

    private mutating func begin(
        _ category: ContentCategory, _ sample: TimelineSample, _ standing: Standing, _ seen: Seen?
    ) -> [Change] {
        let probability = sample.judgement?.probabilities[category] ?? 0
        var segment = LiveSegment(
            id: 0, category: category, start: Swift.min(seen?.start ?? sample.position, sample.position),
            firstHit: sample.position, peakProbability: probability)
        if policy.confirm != nil { segment.standing = standing }
        let isAwaited = policy.confirm != nil && !isSeenBefore
        if isAwaited { wanted.append(LiveLook(category: category, before: last, hit: sample)) }
        open[category] = Open(
            segment: segment, standing: standing, seenEnd: seen?.end, leastEnd: segment.start,
            updatedAt: sample.position, isAwaited: isAwaited, samples: [decisions.number])
        return tell(category, upTo: sample.position)
    }

    private mutating func extend(
        _ category: ContentCategory, _ sample: TimelineSample, _ standing: Standing, _ seen: Seen?
    ) -> [Change] {
        guard var present = open[category] else { return [] }
        let probability = sample.judgement?.probabilities[category] ?? 0
        (present.standing, present.seenEnd, present.end) = (standing, seen?.end, nil)
        present.samples.append(decisions.number)
        if policy.confirm != nil, standing == .confirmed { present.segment.standing = .confirmed }
        let isPeak = present.segment.add(probability, at: sample.position)
        let isDue = isPeak || sample.position - present.updatedAt >= Self.updateInterval
        if isDue { present.updatedAt = sample.position }
        open[category] = present
        if !present.isOpened { return tell(category, upTo: sample.position) }
        release(category)
        return isDue ? [.updated(present.segment)] : []
    }

    /// Opens a segment if it is long enough.
    private mutating func tell(_ category: ContentCategory, upTo position: Int) -> [Change] {
        guard var present = open[category], !present.isOpened,
            position - present.segment.start >= policy.minDuration
        else { return [] }
        segments += 1
        present.segment.id = segments
        present.isOpened = true
        open[category] = present
        release(category)
        return [.opened(present.segment)]
    }

    private mutating func close(_ category: ContentCategory, at end: Int) -> [Change] {
        let opened = tell(category, upTo: end)
        guard var present = open.removeValue(forKey: category) else { return [] }
        present.segment.end = end
        guard present.isOpened else {
            present.segment.standing = .brief
            decisions.revoke(present.samples)
            return [.dismissed(present.segment, samples: present.samples.map { $0 - 1 })]
        }
        guard present.isSettled else {
            waiting.append(present)
            return opened
        }
        decisions.free(present.samples)
        return opened + [.closed(present.segment)]
    }

    /// Closes all open segments, at a gap or at the end.
    /// - Parameter position: Where the last picture ends, in ms.
    /// - Returns: The changes to segments.
    public mutating func interrupt(at position: Int) -> [Change] {
        defer { decisions.settle() }
        last = nil
        return harmful.flatMap { category in
            let dismissed = endRefuted(category, at: position)
            guard let present = open[category] else { return dismissed }
            let end = present.end ?? Swift.max(present.leastEnd, present.seenEnd ?? position)
            return dismissed + close(category, at: Swift.max(end, present.segment.start))
        }
    }

    // MARK: Hits refuted before they were added

    private mutating func refute(_ category: ContentCategory, _ sample: TimelineSample) -> [Change] {
        let probability = sample.judgement?.probabilities[category] ?? 0
        guard var run = refutedRuns[category] else {
            var run = LiveSegment(
                id: 0, category: category, start: sample.position, firstHit: sample.position,
                peakProbability: probability)
            run.standing = .refuted
            refutedRuns[category] = run
            return []
        }
        _ = run.add(probability, at: sample.position)
        refutedRuns[category] = run
        return []
    }

    private mutating func endRefuted(_ category: ContentCategory, at position: Int) -> [Change] {
        guard var run = refutedRuns.removeValue(forKey: category) else { return [] }
        run.end = position
        return [.dismissed(run, samples: [])]
    }

    // MARK: Second looks taken later

    /// Returns the second looks that are now needed. Each is returned once.
    public mutating func takeLooks() -> [LiveLook] {
        defer { wanted = [] }
        return wanted
    }

    /// Applies the result of a second look. Must be called for each look returned by `takeLooks()`, in any order.
    /// - Parameters:
    ///   - look: The look as it was returned.
    ///   - standing: Its outcome. `.unconfirmed` if the look could not be taken.
    ///   - start: The start of the hit according to the look, in ms.
    /// - Returns: The changes to segments.
    public mutating func settle(_ look: LiveLook, _ standing: Standing, start: Int?) -> [Change] {
        defer { decisions.settle() }
        func isMeant(_ one: Open) -> Bool {
            one.segment.category == look.category && one.segment.firstHit == look.hit.position
        }
        let index = waiting.firstIndex(where: isMeant)
        guard var present = index.map({ waiting.remove(at: $0) }) ?? open[look.category], isMeant(present) else {
            return []
        }
        present.segment.standing = standing
        present.isAwaited = false
        if standing == .refuted {
            if index == nil { open[look.category] = nil }
            refuted += 1
            decisions.revoke(present.samples)
            present.segment.end = present.segment.end ?? present.end ?? last?.position ?? present.segment.start
            return present.isOpened ? [.closed(present.segment)] : []
        }
        if standing == .confirmed { present.segment.start = Swift.min(start ?? .max, present.segment.start) }
        if index != nil {
            decisions.free(present.samples)
            return [.closed(present.segment)]
        }
        open[look.category] = present
        release(look.category)
        return present.isOpened && standing == .confirmed ? [.updated(present.segment)] : []
    }

    /// Forgets the hits of a segment that can no longer be dismissed.
    private mutating func release(_ category: ContentCategory) {
        guard let present = open[category], present.isSettled else { return }
        decisions.free(present.samples)
        open[category]?.samples = []
    }
}

/// Computes statistics of each category in constant memory.
struct CategorySums: Sendable {
    private struct Sum {
        var max: Double
        var positionOfMax: Int
        var total = 0.0
        var count = 0
    }
    private var sums: [ContentCategory: Sum] = [:]

    mutating func add(_ sample: TimelineSample, _ asked: Set<ContentCategory>) {
        for (category, probability) in sample.judgement?.probabilities ?? [:] where asked.contains(category) {
            var sum = sums[category] ?? Sum(max: probability, positionOfMax: sample.position)
            if probability > sum.max { (sum.max, sum.positionOfMax) = (probability, sample.position) }
            sum.total += probability
            sum.count += 1
            sums[category] = sum
        }
    }

    var summaries: [ContentCategory: CategorySummary] {
        sums.mapValues {
            CategorySummary(max: $0.max, mean: $0.total / Double($0.count), positionOfMax: $0.positionOfMax)
        }
    }
}
