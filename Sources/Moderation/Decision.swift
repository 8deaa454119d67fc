/// OK, KO, or not known.
public enum Decision: String, Hashable, Sendable, Codable {
    case ok = "OK"
    case ko = "KO"
    /// Not judged: the picture was broken, or the judge failed.
    case undetermined = "UNDETERMINED"

    /// The decision on an input of which this is the decision on what was seen. What was not seen may be anything, so what was
    /// not seen whole is never OK.
    func seeing(all isComplete: Bool) -> Decision { self == .ok && !isComplete ? .undetermined : self }
}

/// The decision on one picture.
public struct Verdict: Hashable, Sendable {
    public let decision: Decision
    /// Confidence in the decision, 0…1: KO, the probability that drove it; OK, that of the least certain classifier.
    /// `nil` when undetermined.
    public let confidence: Double?
    /// Harmful categories that it shows: at or above their threshold, or going on from such a picture.
    public let rejected: Set<Category>

    /// Of a picture that nothing is known of.
    public static let undetermined = Verdict(nil, harmful: [], rejected: [], absence: [:])

    /// Decides on a picture by itself.
    /// - Parameters:
    ///   - judgement: `nil` when nobody judged the picture.
    ///   - asked: What the judge was asked for.
    ///   - policy: Thresholds, and what is harmful.
    public init(_ judgement: Judgement?, asked: Set<Category>, policy: Policy) {
        let alone = TimelineSample(
            index: 0, position: 0, time: nil, judgement: judgement, reused: false, failure: nil)
        var rules = RuleEngine(asked: asked, policy: policy)
        self = rules.add(alone).sample.verdict
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

    /// The decision on an input of these samples: OK only if everything was judged, and something was.
    /// - Parameters:
    ///   - isRejected: The policy's rule makes a KO of them.
    ///   - isComplete: Nothing of the input was missed.
    public func decision(isRejected: Bool, isComplete: Bool = true) -> Decision {
        if isRejected { return .ko }
        return isComplete && undetermined == 0 && ok + ko > 0 ? .ok : .undetermined
    }

    /// Adds other counts.
    public mutating func add(_ other: Tally) {
        ok += other.ok
        ko += other.ko
        undetermined += other.undetermined
    }

    /// A KO was none.
    mutating func revoke(_ otherwise: Decision) {
        ko -= 1
        add(otherwise)
    }

    public mutating func add(_ decision: Decision) {
        switch decision {
        case .ok: ok += 1
        case .ko: ko += 1
        case .undetermined: undetermined += 1
        }
    }
}
