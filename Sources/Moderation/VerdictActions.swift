/// Something that happened for which the operator may have set an action.
public struct ActionTrigger: Hashable, Sendable {
    /// What an action can be set for. Raw values are the names in the store, events and metrics.
    public enum Kind: String, Hashable, Sendable, Codable, CaseIterable {
        /// Something harmful was found, for certain.
        case ko
        /// A person has to look.
        case review
    }

    /// Which action is due.
    public var kind: Kind
    /// Why, as a phrase for people.
    public var reason: String
    /// What it is about; `nil` for the whole medium.
    public var segment: LiveSegment?
    /// The decision on the whole medium; `nil` before there is one.
    public var decision: Decision?

    /// See the properties of the same names.
    public init(_ kind: Kind, reason: String, segment: LiveSegment? = nil, decision: Decision? = nil) {
        (self.kind, self.reason, self.segment, self.decision) = (kind, reason, segment, decision)
    }
}

/// Decides which actions the verdicts on one medium make due, each once. Pure: what is due is returned.
public struct VerdictActions: Sendable {
    /// What an action was due for. Segments count from 1; 0 stands for the medium.
    private struct Subject: Hashable {
        let kind: ActionTrigger.Kind
        let segment: Int
    }
    private let looksAgain: Bool
    private var due: Set<Subject> = []
    private var newest = 0

    /// How many segments back is remembered what was due. Later news of an older one make nothing due.
    static let memory = 1000

    /// - Parameter looksAgain: Whether the policy has second looks, so that a hit is only certain once it is confirmed.
    public init(looksAgain: Bool) { self.looksAgain = looksAgain }

    /// An event of a live stream. Only those of segments make something due.
    /// - Returns: What is due now.
    public mutating func hear(_ event: LiveEvent.Content) -> [ActionTrigger] {
        switch event {
        case .segmentOpened(let segment), .segmentUpdated(let segment): isCertain(segment) ? ko(segment) : []
        case .segmentClosed(let segment):
            if isCertain(segment) {
                ko(segment)
            } else if segment.standing == .unconfirmed {
                ask(.init(.review, reason: "\(segment.category.rawValue) could not be confirmed", segment: segment))
            } else {
                []
            }
        default: []
        }
    }

    /// The medium has come to its end.
    /// - Parameters:
    ///   - decision: The decision on all of it.
    ///   - isStream: Whether it is a live stream, whose segments were acted on as they came.
    ///   - reason: Why it is undetermined, if that is known.
    /// - Returns: What is due now.
    public mutating func end(_ decision: Decision, isStream: Bool, reason: String? = nil) -> [ActionTrigger] {
        switch decision {
        case .ok: []
        case .ko: isStream ? [] : ask(.init(.ko, reason: "the decision is KO", decision: .ko))
        case .undetermined:
            ask(.init(.review, reason: reason ?? "the decision is UNDETERMINED", decision: .undetermined))
        }
    }

    /// What something else than this found to be due, such as somebody's decision.
    /// - Returns: It, unless it was due for the same segment, or for the medium, before.
    public mutating func ask(_ trigger: ActionTrigger) -> [ActionTrigger] {
        let segment = trigger.segment?.id ?? 0
        newest = max(newest, segment)
        guard segment == 0 || segment > newest - Self.memory else { return [] }
        guard due.insert(Subject(kind: trigger.kind, segment: segment)).inserted else { return [] }
        if due.count > 4 * Self.memory { due = due.filter { $0.segment == 0 || $0.segment > newest - Self.memory } }
        return [trigger]
    }

    private func isCertain(_ segment: LiveSegment) -> Bool {
        looksAgain ? segment.standing == .confirmed : segment.standing?.counts != false
    }

    private mutating func ko(_ segment: LiveSegment) -> [ActionTrigger] {
        ask(.init(.ko, reason: "\(segment.category.rawValue) was found", segment: segment))
    }
}
