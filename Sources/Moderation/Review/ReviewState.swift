/// Where a case stands.
public enum ReviewState: String, Codable, Hashable, Sendable, CaseIterable {
    /// Waits for a reviewer.
    case open
    /// A reviewer has passed it on to an administrator.
    case escalated
    /// A person found nothing wrong with it.
    case approved
    /// A person found that it must not be shown.
    case rejected

    /// Whether a person has decided.
    public var isDecided: Bool { self == .approved || self == .rejected }
}

/// What a person does about a case.
public enum ReviewAction: String, Codable, Hashable, Sendable, CaseIterable {
    case approve, reject, escalate
    /// Takes the last action back.
    case undo
    /// Opens a decided case again, for somebody else.
    case appeal

    /// The state after the action.
    /// - Parameters:
    ///   - state: The state before.
    ///   - earlier: The state before the last action; only `undo` needs it.
    /// - Returns: `nil` if the action is not possible in that state.
    public func state(after state: ReviewState, earlier: ReviewState? = nil) -> ReviewState? {
        switch self {
        case .approve: state.isDecided ? nil : .approved
        case .reject: state.isDecided ? nil : .rejected
        case .escalate: state == .open ? .escalated : nil
        case .undo: state == .open ? nil : earlier
        case .appeal: state.isDecided ? .open : nil
        }
    }
}
