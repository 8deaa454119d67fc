import Base
import Foundation
import Moderation

/// A person's decision on a case, as exported: a line of JSON. `policy calibrate` reads it. Result.md describes each
/// field.
public struct ReviewedCase: Codable, Hashable, Sendable {
    /// The ids of the case and of its medium.
    public let id, media: String
    /// The submitter's own id.
    public let reference: String?
    /// Why a person looked at it.
    public let why: ReviewCase.Reason
    /// In ms.
    public let start, end: Int
    /// The highest probability of each judged category, 0…1.
    public let scores: [String: Double]
    /// The categories that are there, as the person said.
    public let present: [String]
    /// How many such parts it stands for, 1 or more.
    public let weight: Double
    /// `approve` or `reject`.
    public let decision: String
    /// The name of the person's API key.
    public let by: String
    /// When, as in RFC 3339.
    public let at: String

    private enum CodingKeys: String, CodingKey {
        case id = "case"
        case media, reference, why, start, end, scores, present, weight, decision, by, at
    }

    /// - Parameters:
    ///   - reference: Empty: none.
    ///   - present: The categories that are there, as the person said.
    ///   - isRejected: Whether the person rejected it.
    ///   - at: Unix seconds.
    public init(
        id: String, media: String, reference: String, _ found: ReviewCase, present: [ContentCategory],
        isRejected: Bool, by: String, at: Double
    ) {
        (self.id, self.media, self.reference) = (id, media, reference.isEmpty ? nil : reference)
        (why, start, end, weight) = (found.reason, found.start, found.end, found.weight)
        scores = Dictionary(uniqueKeysWithValues: found.scores.map { ($0.key.rawValue, $0.value) })
        self.present = present.map(\.rawValue)
        (decision, self.by) = (isRejected ? "reject" : "approve", by)
        self.at = UnixTime.rfc3339(at)
    }
}
