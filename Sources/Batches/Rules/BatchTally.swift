import Moderation
import Reports

/// How a batch ended; each case is worse than those before it.
public enum BatchEnding: Int, Comparable, CaseIterable, Sendable {
    /// All inputs have a decision, or are not media.
    case finished
    /// Something was KO, and that is to count.
    case rejected
    /// Something is undetermined, or the budget is used up.
    case undetermined
    /// An input could not be read or judged.
    case inputFailed
    /// The judge cannot be used.
    case judgeUnavailable
    /// A result could not be written.
    case notWritten
    /// The credentials are missing or refused.
    case credentials
    /// Stopped from outside.
    case interrupted

    /// By which is worse.
    public static func < (one: BatchEnding, other: BatchEnding) -> Bool { one.rawValue < other.rawValue }

    /// The ending that a judge's stop means.
    public init(_ kind: JudgeStop.Kind) {
        self =
            switch kind {
            case .credentials: .credentials
            case .quota, .unavailable: .judgeUnavailable
            case .budget: .undetermined
            }
    }
}

/// The inputs of a batch that have ended, counted.
public struct BatchTally: Hashable, Sendable {
    /// How many ended how.
    public private(set) var states: [BatchEntry.State: Int] = [:]
    /// The decisions on those with a result.
    public private(set) var decisions = Tally()

    /// Starts with none.
    public init() {}

    /// All that have ended.
    public var total: Int { states.values.reduce(0, +) }

    /// Counts an input.
    public mutating func add(_ entry: BatchEntry) {
        states[entry.state, default: 0] += 1
        if let row = entry.row { decisions.add(row.finalDecision) }
    }

    /// The worst that happened to an input.
    /// - Parameter failsOnKO: Whether a KO counts.
    public func ending(failsOnKO: Bool) -> BatchEnding {
        if states[.failed, default: 0] > 0 { return .inputFailed }
        if decisions.undetermined > 0 { return .undetermined }
        return failsOnKO && decisions.ko > 0 ? .rejected : .finished
    }
}

extension ModerationResult {
    /// Whether judging the same bytes again would tell nothing more: all was judged, or the file itself is cut short.
    /// - Parameter isFile: Not so for an address, which may just have broken off.
    func isFinal(isFile: Bool) -> Bool {
        if status == .success { return true }
        return isFile && (sampling.truncated || sampling.cut) && nbImagesUndetermined == 0
    }
}
