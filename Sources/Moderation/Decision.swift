/// OK, KO, or not known.
public enum Decision: String, Hashable, Sendable, Codable {
    case ok = "OK"
    case ko = "KO"
    /// Not judged: the picture was broken, or the judge failed.
    case undetermined = "UNDETERMINED"
}

/// The decision on one picture.
public struct Verdict: Hashable, Sendable {
    public let decision: Decision
    /// Confidence in the decision, 0…1: KO, the probability that drove it; OK, that of the least certain classifier.
    /// `nil` when undetermined.
    public let confidence: Double?
    /// Harmful categories that it shows: at or above their threshold, or going on from such a picture.
    public let rejected: Set<Category>

    /// Decides on a picture by itself.
    /// - Parameters:
    ///   - judgement: `nil` when nobody judged the picture.
    ///   - asked: What the judge was asked for.
    ///   - policy: Thresholds, and what is harmful.
    public init(_ judgement: Judgement?, asked: Set<Category>, policy: Policy) {
        let harmful = asked.filter { policy.isHarmful($0, asked: asked) }
        let hits = (judgement?.probabilities ?? [:]).filter { category, probability in
            harmful.contains(category) && probability >= policy.threshold(for: category)
        }
        self.init(judgement, harmful: harmful, rejected: Set(hits.keys), absence: [:])
    }

    /// Decides on a picture whose hits are known.
    /// - Parameters:
    ///   - harmful: Of what was asked.
    ///   - rejected: What makes it KO; judged, and harmful.
    ///   - absence: How sure it is (0…1) that something is not there, where that is known better than by its probability.
    init(_ judgement: Judgement?, harmful: Set<Category>, rejected: Set<Category>, absence: [Category: Double]) {
        guard let judgement, !judgement.probabilities.isEmpty else {
            (decision, confidence, self.rejected) = (.undetermined, nil, [])
            return
        }
        let judged = harmful.filter { judgement.probabilities[$0] != nil }
        self.rejected = rejected
        if let strongest = rejected.compactMap({ judgement.probabilities[$0] }).max() {
            (decision, confidence) = (.ko, strongest)
        } else if judged.count < harmful.count {
            (decision, confidence) = (.undetermined, nil)
        } else {
            let confidences = judged.map { absence[$0] ?? 1 - (judgement.probabilities[$0] ?? 0) }
            (decision, confidence) = (.ok, confidences.min() ?? 1)
        }
    }
}

/// Counts of decisions; they always add up.
public struct Tally: Hashable, Sendable {
    public private(set) var ok = 0
    public private(set) var ko = 0
    public private(set) var undetermined = 0
    public var total: Int { ok + ko + undetermined }

    public init() {}

    public init(_ decisions: some Sequence<Decision>) {
        for decision in decisions { add(decision) }
    }

    /// From counts that were kept.
    public init(ok: Int, ko: Int, undetermined: Int) {
        (self.ok, self.ko, self.undetermined) = (ok, ko, undetermined)
    }

    /// Adds other counts.
    public mutating func add(_ other: Tally) {
        ok += other.ok
        ko += other.ko
        undetermined += other.undetermined
    }

    /// A KO was none: it counts as OK.
    mutating func revoke() {
        ko -= 1
        ok += 1
    }

    public mutating func add(_ decision: Decision) {
        switch decision {
        case .ok: ok += 1
        case .ko: ko += 1
        case .undetermined: undetermined += 1
        }
    }
}

extension Policy {
    /// The decision on a video, from its samples' decisions in order of position.
    ///
    /// KO if the rule says so on what was judged; OK only if everything was judged, and something was.
    public func decide(_ decisions: [Decision]) -> Decision {
        let tally = Tally(decisions)
        if isRejected(decisions, tally) { return .ko }
        return tally.undetermined == 0 && tally.ok + tally.ko > 0 ? .ok : .undetermined
    }

    private func isRejected(_ decisions: [Decision], _ tally: Tally) -> Bool {
        guard tally.ko > 0 else { return false }
        switch rule {
        case .any: return true
        case .atLeast(let count): return tally.ko >= count
        case .ratio(let share): return Double(tally.ko) >= share * Double(tally.ok + tally.ko)
        case .window(let hits, let size):
            var inWindow = 0
            for (index, decision) in decisions.enumerated() {
                if decision == .ko { inWindow += 1 }
                if index >= size, decisions[index - size] == .ko { inWindow -= 1 }
                if inWindow >= hits { return true }
            }
            return false
        }
    }
}
