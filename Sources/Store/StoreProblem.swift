import Foundation

/// The state could not be read or written.
public struct StoreProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// What kind of problem it is.
    public enum Kind: Hashable, Sendable {
        /// The database cannot be reached, or ended the connection.
        case unavailable
        /// It takes no changes.
        case readOnly
        /// It has no room left.
        case full
        /// It did not answer in time.
        case tooSlow
        /// There is such a row already, or a row that it belongs to is missing.
        case conflict
        /// What is stored makes no sense.
        case damaged
        /// A code of the database's own.
        case other(String)
    }

    /// What kind of problem it is.
    public let kind: Kind
    /// When it happened.
    public let time: Date
    /// The database's words, without paths, addresses and values.
    public let cause: String

    /// - Parameter cause: In a few words.
    init(_ kind: Kind, _ cause: String) {
        self.kind = kind
        self.cause = cause
        time = Date()
    }

    /// A sentence with the cause.
    public var description: String {
        kind == .damaged ? "The state is damaged: \(cause)" : "The state cannot be written: \(cause)"
    }
}

/// The state cannot be opened.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The path of the file, or the server without user and password.
    public let place: String
    /// Why it cannot be opened, one sentence or the database's message.
    public let cause: String

    /// A sentence with both.
    public var description: String { "The state in \(place) cannot be opened: \(cause)" }
}

/// What was to be written belongs to a job that this process no longer has: its lease has ended, or somebody else took the
/// job, or it was stopped. Nothing was written.
public struct ClaimLost: Error, Hashable, Sendable, CustomStringConvertible {
    /// The job's medium.
    public let media: String

    /// A sentence.
    public var description: String { "The job \(media) is no longer this process's; nothing was written." }
}

/// A key cannot pay for what was to be written. Nothing was written.
public struct QuotaSpent: Error, Hashable, Sendable {}
