/// A policy's rules over samples that come one at a time, in order of position: which are hits, which segments they
/// make, which of those count, and what that decides.
///
/// A finished video feeds it whole, a stream as it comes. Its memory does not grow with the samples.
public struct RuleEngine: Sendable {
    /// What a sample did to the segments.
    public enum Change: Hashable, Sendable {
        /// It is long enough to count.
        case opened(LiveSegment)
        case updated(LiveSegment)
        /// Of one that was opened. Its standing says whether it counts.
        case closed(LiveSegment)
        /// Over, and never opened: too short, or refuted.
        /// - samples: The numbers of its samples, from 0, that were hits until now.
        case dismissed(LiveSegment, samples: [Int])

        public var segment: LiveSegment {
            switch self {
            case .opened(let segment), .updated(let segment), .closed(let segment), .dismissed(let segment, _): segment
            }
        }
    }

    /// What a second look says of a category at a sample, where the pictures around it were seen before it was fed.
    struct Seen: Sendable {
        /// Of the hit; `nil` where the sample is none.
        var standing: Standing?
        /// Of the pictures beside it, how many disagree: 0…1.
        var disagreement = 0.0
        /// Where what is seen here begins, ms, if that is before the sample.
        var start: Int?
        /// Where it ends, ms, if this is its last sample.
        var end: Int?
    }

    private struct Open: Sendable {
        var segment: LiveSegment
        /// Of its last hit.
        var standing: Standing
        /// What a second look said of where its last hit ends, ms.
        var seenEnd: Int?
        /// Where its last hit ends, ms, once the next sample has come.
        var end: Int?
        /// It ends here at the earliest, ms.
        var leastEnd: Int
        /// Position of the update before, ms.
        var updatedAt: Int
        var isOpened = false
        /// A second look is still to come.
        var isAwaited: Bool
        /// Its hits, for as long as they may still turn out to be none.
        var samples: [Int] = []

        var isSettled: Bool { isOpened && !isAwaited }
    }

    private let asked: Set<Category>
    private let harmful: [Category]
    private let policy: Policy
    /// Second looks are over before the samples are fed.
    private let isSeenBefore: Bool
    /// Hits of a category at most this far apart, ms, are one segment.
    private let bridge: Int
    /// ms between updates of an open segment that has no new peak.
    private static let updateInterval = 10_000

    private var decisions: DecisionTally
    private var sums = CategorySums()
    /// Segments opened so far.
    public private(set) var segments = 0
    /// Of those, how many a second look refuted later.
    public private(set) var refuted = 0
    private var open: [Category: Open] = [:]
    /// Over, but not yet looked at again.
    private var waiting: [Open] = []
    /// Hits in a row that were refuted before they were fed.
    private var refutedRuns: [Category: LiveSegment] = [:]
    private var last: TimelineSample?
    private var wanted: [LiveLook] = []

    /// - Parameters:
    ///   - asked: What the judge was asked for.
    ///   - policy: Thresholds, what is harmful, and the rules.
    public init(asked: Set<Category>, policy: Policy) { self.init(asked: asked, policy: policy, isSeenBefore: false) }

    /// - Parameter isSeenBefore: Second looks are over: samples come with what they saw, and none are asked for.
    init(asked: Set<Category>, policy: Policy, isSeenBefore: Bool) {
        self.asked = asked
        self.policy = policy
        self.isSeenBefore = isSeenBefore
        // Where looks narrow hits, two of their pictures may be missed between two hits of one event.
        bridge = isSeenBefore ? Swift.max(policy.gap, policy.confirm.map { 2 * $0.interval } ?? 0) : policy.gap
        harmful = policy.harmful(of: asked)
        decisions = DecisionTally(rule: policy.rule)
    }

    /// Of the samples so far; hits that turn out to be none leave it.
    public var tally: Tally { decisions.tally }

    /// Counts samples that came before the first one.
    mutating func count(_ earlier: Tally) { decisions.count(earlier) }

    /// The decision on all so far.
    /// - Parameter isComplete: Nothing of the input was missed.
    public func decision(isComplete: Bool) -> Decision { decisions.decision.seeing(all: isComplete) }

    /// Highest and mean probability of each judged category so far.
    public var categories: [Category: CategorySummary] { sums.summaries }

    // MARK: Samples

    /// The next sample.
    /// - Parameter sample: Its verdict is made here.
    /// - Returns: The sample with its verdict, and what it did to the segments.
    public mutating func add(_ sample: TimelineSample) -> (sample: TimelineSample, changes: [Change]) {
        add(sample, seen: [:])
    }

    mutating func add(_ sample: TimelineSample, seen: [Category: Seen]) -> (sample: TimelineSample, changes: [Change]) {
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

    /// The hits: a category at its threshold, and what follows from there down to the closing threshold.
    private func standings(_ judgement: Judgement?, _ seen: [Category: Seen]) -> [Category: Standing] {
        guard let probabilities = judgement?.probabilities else { return [:] }
        var standings: [Category: Standing] = [:]
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

    /// - Parameter rejected: Its hits that count.
    func verdict(_ sample: TimelineSample, rejected: Set<Category>, _ seen: [Category: Seen]) -> Verdict {
        let absence = seen.filter { sample.standings[$0.key] == .refuted }.mapValues(\.disagreement)
        return Verdict(sample.judgement, harmful: Set(harmful), rejected: rejected, absence: absence)
    }

    /// What a sample means for one category's segments.
    private mutating func advance(
        _ category: Category, _ sample: TimelineSample, _ standing: Standing?, _ seen: Seen?
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
        _ category: Category, _ sample: TimelineSample, _ standing: Standing, _ seen: Seen?
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
        _ category: Category, _ sample: TimelineSample, _ standing: Standing, _ seen: Seen?
    ) -> [Change] {
        guard var present = open[category] else { return [] }
        let probability = sample.judgement?.probabilities[category] ?? 0
        (present.standing, present.seenEnd, present.end) = (standing, seen?.end, nil)
        present.segment.count += 1
        present.samples.append(decisions.number)
        if policy.confirm != nil, standing == .confirmed { present.segment.standing = .confirmed }
        let isPeak = probability > present.segment.peakProbability
        if isPeak {
            present.segment.peakProbability = probability
            present.segment.peakPosition = sample.position
        }
        let isDue = isPeak || sample.position - present.updatedAt >= Self.updateInterval
        if isDue { present.updatedAt = sample.position }
        open[category] = present
        if !present.isOpened { return tell(category, upTo: sample.position) }
        release(category)
        return isDue ? [.updated(present.segment)] : []
    }

    /// Opens a segment once it is long enough.
    private mutating func tell(_ category: Category, upTo position: Int) -> [Change] {
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

    private mutating func close(_ category: Category, at end: Int) -> [Change] {
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

    /// The picture ends here: what is open is closed. For gaps and for the end.
    /// - Parameter position: ms.
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

    // MARK: Hits refuted before they were fed

    private mutating func refute(_ category: Category, _ sample: TimelineSample) -> [Change] {
        let probability = sample.judgement?.probabilities[category] ?? 0
        guard var run = refutedRuns[category] else {
            var run = LiveSegment(
                id: 0, category: category, start: sample.position, firstHit: sample.position,
                peakProbability: probability)
            run.standing = .refuted
            refutedRuns[category] = run
            return []
        }
        run.count += 1
        if probability > run.peakProbability {
            (run.peakProbability, run.peakPosition) = (probability, sample.position)
        }
        refutedRuns[category] = run
        return []
    }

    private mutating func endRefuted(_ category: Category, at position: Int) -> [Change] {
        guard var run = refutedRuns.removeValue(forKey: category) else { return [] }
        run.end = position
        return [.dismissed(run, samples: [])]
    }

    // MARK: Second looks that come later

    /// Looks that became due to be planned; each is handed out once.
    public mutating func takeLooks() -> [LiveLook] {
        defer { wanted = [] }
        return wanted
    }

    /// What a look said; has to be called for each that was handed out, in whatever order.
    /// - Parameters:
    ///   - look: As it was handed out.
    ///   - standing: `unconfirmed`: nothing could be seen.
    ///   - start: Where it begins, by the look, ms.
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

    /// Lets samples go whose segment is certain by now.
    private mutating func release(_ category: Category) {
        guard let present = open[category], present.isSettled else { return }
        decisions.free(present.samples)
        open[category]?.samples = []
    }
}

/// Highest and mean probability of each category, in constant memory.
struct CategorySums: Sendable {
    private struct Sum {
        var max: Double
        var positionOfMax: Int
        var total = 0.0
        var count = 0
    }
    private var sums: [Category: Sum] = [:]

    mutating func add(_ sample: TimelineSample, _ asked: Set<Category>) {
        for (category, probability) in sample.judgement?.probabilities ?? [:] where asked.contains(category) {
            var sum = sums[category] ?? Sum(max: probability, positionOfMax: sample.position)
            // The first of equals.
            if probability > sum.max { (sum.max, sum.positionOfMax) = (probability, sample.position) }
            sum.total += probability
            sum.count += 1
            sums[category] = sum
        }
    }

    var summaries: [Category: CategorySummary] {
        sums.mapValues {
            CategorySummary(max: $0.max, mean: $0.total / Double($0.count), positionOfMax: $0.positionOfMax)
        }
    }
}
