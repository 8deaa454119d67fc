/// The decision on a picture or a video.
public enum Decision: String, Hashable, Sendable, Codable {
    /// Everything was judged, and nothing harmful was found.
    case ok = "OK"
    /// Something harmful was found.
    case ko = "KO"
    /// Not everything could be judged, and nothing that was judged is KO.
    case undetermined = "UNDETERMINED"

    /// The decision on the whole input, given this decision on the part that was seen. An input that was not seen completely
    /// is never OK.
    func seeing(all isComplete: Bool) -> Decision { self == .ok && !isComplete ? .undetermined : self }
}

/// The decision on one picture.
public struct Verdict: Hashable, Sendable {
    /// The decision.
    public let decision: Decision
    /// Confidence in the decision, 0…1. KO: the highest probability of a rejected category. OK: the lowest probability, over
    /// the harmful categories, that the picture does not show it. `nil` if undetermined.
    public let confidence: Double?
    /// The harmful categories that are hits: at or above the threshold, or continuing such a hit (see
    /// `Policy.closeThreshold`).
    public let rejected: Set<ContentCategory>

    /// The verdict on a picture that was not judged.
    public static let undetermined = Verdict(nil, harmful: [], rejected: [], absence: [:])

    /// Decides on a single picture.
    /// - Parameters:
    ///   - judgement: `nil` if the picture was not judged.
    ///   - asked: The categories that were requested.
    ///   - policy: The thresholds, and which categories are harmful.
    public init(_ judgement: Judgement?, asked: Set<ContentCategory>, policy: Policy) {
        let alone = TimelineSample(
            index: 0, position: 0, time: nil, judgement: judgement, reused: false, failure: nil)
        var rules = RuleEngine(asked: asked, policy: policy)
        self = rules.add(alone).sample.verdict
    }

    /// Decides on a picture whose hits are known.
    /// - Parameters:
    ///   - harmful: The harmful categories among those requested.
    ///   - rejected: The categories that make the picture KO; a subset of the harmful categories that were judged.
    ///   - absence: The probability (0…1) that a category is absent, if known better than from its score.
    init(
        _ judgement: Judgement?, harmful: Set<ContentCategory>, rejected: Set<ContentCategory>,
        absence: [ContentCategory: Double]
    ) {
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

/// Counts of decisions.
public struct Tally: Hashable, Sendable {
    /// The number of decisions of each kind.
    public private(set) var ok = 0, ko = 0, undetermined = 0
    /// The number of all decisions.
    public var total: Int { ok + ko + undetermined }

    /// Counts decisions.
    public init(_ decisions: some Sequence<Decision>) {
        for decision in decisions { add(decision) }
    }

    /// Starts with saved counts, or with no decisions.
    public init(ok: Int = 0, ko: Int = 0, undetermined: Int = 0) {
        (self.ok, self.ko, self.undetermined) = (ok, ko, undetermined)
    }

    /// Decides on an input with these samples. It is OK only if there are samples and all were judged.
    /// - Parameters:
    ///   - isRejected: Whether the policy's rule makes it KO.
    ///   - isComplete: Whether the samples cover the whole input. Default true.
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

    /// Replaces a KO that turned out to be false.
    mutating func revoke(_ otherwise: Decision) {
        ko -= 1
        add(otherwise)
    }

    /// Counts a decision.
    public mutating func add(_ decision: Decision) {
        switch decision {
        case .ok: ok += 1
        case .ko: ko += 1
        case .undetermined: undetermined += 1
        }
    }
}
