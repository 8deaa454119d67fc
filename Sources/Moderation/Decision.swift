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
    /// Harmful categories at or above their threshold.
    public let rejected: Set<Category>

    /// Decides on a judgement.
    /// - Parameters:
    ///   - judgement: `nil` when nobody judged the picture.
    ///   - asked: What the judge was asked for.
    ///   - policy: Thresholds, and what is harmful.
    public init(_ judgement: Judgement?, asked: Set<Category>, policy: Policy) {
        guard let judgement else {
            (decision, confidence, rejected) = (.undetermined, nil, [])
            return
        }
        let harmful = asked.filter { policy.isHarmful($0, asked: asked) }
        let judged = harmful.compactMap { category in judgement.probabilities[category].map { (category, $0) } }
        let hits = judged.filter { $0.1 >= policy.threshold(for: $0.0) }
        rejected = Set(hits.map(\.0))
        if let strongest = hits.map(\.1).max() {
            (decision, confidence) = (.ko, strongest)
        } else if judged.count < harmful.count {
            (decision, confidence) = (.undetermined, nil)
        } else if judgement.probabilities.isEmpty {
            (decision, confidence) = (.undetermined, nil)
        } else {
            (decision, confidence) = (.ok, judged.map { 1 - $0.1 }.min() ?? 1)
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
