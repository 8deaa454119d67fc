import Foundation
import Moderation

/// A case of the review queue.
public struct StoredCase: Hashable, Sendable {
    /// The case's id, for addresses and exports.
    public let id: String
    /// The medium that it is part of.
    public let medium: CaseMedium
    /// What was found.
    public let found: ReviewCase
    /// When it was found, in Unix seconds.
    public let created: Double
    /// Where it stands.
    public let state: ReviewState
    /// Who may not decide on it, since the appeal is against their decision; empty for nobody.
    public let excluded: String
    /// Who has it at present; `nil` if nobody does.
    public let holder: String?
    /// Who decided, and when, in Unix seconds; `nil` while nobody has.
    public let decidedBy: String?
    public let decided: Double?
    /// The categories that are there, as the person said who decided.
    public let present: [ContentCategory]
}

/// What cases of a medium have in common.
public struct CaseMedium: Hashable, Sendable {
    /// The id of the medium.
    public var media: String
    /// The name of the API key that submitted it.
    public var key: String
    /// The medium's name: its address or file name.
    public var uri: String
    /// The submitter's own id; empty if there is none.
    public var reference: String
    /// Whether it is a live stream.
    public var isLive: Bool

    /// See the properties of the same names.
    public init(media: String, key: String, uri: String, reference: String, isLive: Bool) {
        (self.media, self.key, self.uri, self.reference) = (media, key, uri, reference)
        self.isLive = isLive
    }
}

/// A case that a process found.
public struct NewCase: Hashable, Sendable {
    /// The same for what was found before, of which it is the present state.
    public let id: String
    /// What was found.
    public let found: ReviewCase

    /// See the properties of the same names.
    public init(id: String, found: ReviewCase) { (self.id, self.found) = (id, found) }
}

/// A picture that is kept of a medium.
public struct EvidencePicture: Hashable, Sendable {
    /// How large it is.
    public enum Kind: String, Hashable, Sendable {
        /// For the card of a case.
        case still
        /// For what is before and after it.
        case thumbnail
    }

    /// The index of the video stream; `nil` if unknown.
    public let stream: Int?
    /// In ms.
    public let position: Int
    /// How large it is.
    public let kind: Kind
    /// A JPEG.
    public let jpeg: Data

    /// See the properties of the same names.
    public init(stream: Int?, position: Int, kind: Kind, jpeg: Data) {
        (self.stream, self.position, self.kind, self.jpeg) = (stream, position, kind, jpeg)
    }
}

/// What was done about a case. It is never changed.
public struct ReviewStep: Codable, Hashable, Sendable {
    /// Ascending in the order of the steps.
    public let number: Int
    /// The case and its medium; both the medium if all of it was erased.
    public let caseID, media: String
    /// When, in Unix seconds.
    public let at: Double
    /// The name of the API key of who did it.
    public let actor: String
    /// What was done: a `ReviewAction`, or `erase`.
    public let action: String
    /// The states before and after.
    public let before, after: String
    /// The reason of an appeal, the categories of a rejection, or what was erased.
    public let note: String
    /// The SHA-256 of the step with the digest of the one before it of the same case, 64 hexadecimal digits.
    public let digest: String

    private enum CodingKeys: String, CodingKey {
        case number, caseID = "case", media, at, actor, action, before, after, note, digest
    }
}

/// Which cases to show, and in which order.
public struct ReviewFilter: Hashable, Sendable {
    /// The order of cases.
    public enum Order: String, Hashable, Sendable, CaseIterable {
        /// The highest probability first.
        case worst
        /// The oldest first.
        case oldest
        /// Live streams first, then the oldest.
        case live
        /// The newest first.
        case newest
    }

    /// Where they stand. Default: open.
    public var state = ReviewState.open
    /// `nil` for any.
    public var id, category, key, reference, media: String?
    /// `nil` for any.
    public var reason: ReviewCase.Reason?
    /// Only those of live streams, or only others; `nil` for any.
    public var isLive: Bool?
    /// The lowest probability, 0…1; `nil` for any.
    public var probability: Double?
    /// Only those found in this many seconds; `nil` for any.
    public var age: Double?
    /// The order. Default: worst.
    public var order = Order.worst

    /// All open cases.
    public init() {}
}

/// Why a case cannot be decided on.
public enum ReviewProblem: Error, Hashable, Sendable {
    /// Somebody else has it.
    case held
    /// Somebody decided already, or the action is not possible in that state.
    case settled(ReviewState)
    /// It was deleted, or there never was one.
    case gone
    /// The appeal is against this person's decision.
    case excluded
    /// There is nothing to take back.
    case nothingToUndo
}
