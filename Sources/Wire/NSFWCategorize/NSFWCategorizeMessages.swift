import Base
import Foundation
import Moderation

/// What nsfw-categorize says of one picture.
public struct NSFWCategorizeData: Hashable, Sendable, Codable {
    public enum Classification: String, Hashable, Sendable, Codable, CaseIterable {
        case porn, nsfw, neutral
    }

    /// Percent, of the class stated.
    public var confidence: Double
    /// SHA-1 of the file, 40 lower-case hexadecimal digits.
    public var hash: String
    /// `nil` while the picture is waiting to be judged.
    public var classification: Classification?

    private enum CodingKeys: String, CodingKey { case confidence, hash, classification, nsfw, porn }

    public init(classification: Classification, confidence: Double, hash: String) {
        self.classification = classification
        self.confidence = confidence
        self.hash = hash
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        confidence = fields.number(.confidence) ?? 0
        hash = (fields.text(.hash) ?? "").lowercased()
        let flags: Classification? =
            fields.flag(.porn) == true ? .porn : fields.flag(.nsfw).map { $0 ? .nsfw : .neutral }
        classification = fields.text(.classification).flatMap { Classification(rawValue: $0.lowercased()) } ?? flags
    }

    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(confidence, forKey: .confidence)
        try fields.encode(hash, forKey: .hash)
        try fields.encodeIfPresent(classification, forKey: .classification)
        guard let classification else { return }
        // Some clients look at `nsfw` alone, so it is true of both.
        try fields.encode(classification != .neutral, forKey: .nsfw)
        try fields.encode(classification == .porn, forKey: .porn)
    }
}

/// What nsfw-categorize sends back.
public struct NSFWCategorizeReply: Hashable, Sendable, Codable {
    /// Values nobody here knows are kept.
    public struct Status: RawRepresentable, Hashable, Sendable, Codable {
        public let rawValue: String
        public init(rawValue: String) { self.rawValue = rawValue }

        public static let ok = Status(rawValue: "OK")
        public static let error = Status(rawValue: "ERR")
        public static let noQuota = Status(rawValue: "NOQUOTA")
        /// Not judged yet: only the hash is there.
        public static let pending = Status(rawValue: "PENDING")
    }
    public var status: Status
    public var data: NSFWCategorizeData?
    /// Why there is no answer.
    public var reason: String?
    /// Calls left: of the key, or of the caller's address.
    public var keyQuota, quota: Int?

    private enum CodingKeys: String, CodingKey { case status, data, reason, keyQuota = "key_quota", quota }

    public init(status: Status, data: NSFWCategorizeData? = nil, reason: String? = nil) {
        self.status = status
        self.data = data
        self.reason = reason
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        status = Status(rawValue: try fields.decode(String.self, forKey: .status).uppercased())
        data = fields.object(NSFWCategorizeData.self, .data)
        reason = fields.text(.reason)
        keyQuota = fields.integer(.keyQuota)
        quota = fields.integer(.quota)
    }

    /// Whichever is there.
    public var remaining: Int? { keyQuota ?? quota }
}

extension NSFWCategorizeData {
    /// The class for a judgement of nudity; `nil` when that was not judged.
    public init?(_ judgement: Judgement, hash: String) {
        guard let explicit = judgement.probabilities[.nudityExplicit] else { return nil }
        let suggestive = min(judgement.probabilities[.nuditySuggestive] ?? 0, 1 - explicit)
        let neutral = 1 - explicit - suggestive
        let highest = max(explicit, suggestive, neutral)
        let found: Classification = explicit == highest ? .porn : suggestive == highest ? .nsfw : .neutral
        self.init(classification: found, confidence: (highest * 100).rounded(decimals: 2), hash: hash)
    }

    /// As said of a picture on a list of known content: no class means that, and neutral it is not.
    public var ofKnownContent: NSFWCategorizeData {
        classification == .neutral ? NSFWCategorizeData(classification: .nsfw, confidence: 100, hash: hash) : self
    }

    /// What it says in unified categories. Of the classes not stated only the sum is known, so where a category shares it
    /// with another it stays unjudged.
    public var judgement: Judgement {
        let share = min(max(confidence / 100, 0), 1)
        switch classification {
        case .porn: return Judgement(probabilities: [.nudityExplicit: share, .nudityAny: share])
        case .nsfw: return Judgement(probabilities: [.nuditySuggestive: share, .nudityAny: share])
        case .neutral: return Judgement(probabilities: [.nudityAny: 1 - share])
        case nil: return Judgement(probabilities: [:])
        }
    }
}
