import Base
import Moderation

/// The result of nsfw-categorize for one picture.
public struct NSFWCategorizeData: Hashable, Sendable, Codable {
    /// The class of a picture.
    public enum Classification: String, Hashable, Sendable, Codable, CaseIterable {
        /// Explicit, suggestive, or neither.
        case porn, nsfw, neutral
    }

    /// The probability of the class, in percent.
    public var confidence: Double
    /// The SHA-1 of the file: 40 lowercase hexadecimal digits.
    public var hash: String
    /// `nil` while the picture is waiting to be judged.
    public var classification: Classification?

    private enum CodingKeys: String, CodingKey { case confidence, hash, classification, nsfw, porn }

    /// See the properties of the same names.
    public init(classification: Classification, confidence: Double, hash: String) {
        (self.classification, self.confidence, self.hash) = (classification, confidence, hash)
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
        // Some clients only check `nsfw`, so it includes porn.
        try fields.encode(classification != .neutral, forKey: .nsfw)
        try fields.encode(classification == .porn, forKey: .porn)
    }
}

/// A response of nsfw-categorize.
public struct NSFWCategorizeReply: Hashable, Sendable, Codable {
    /// A status: one of the constants below, or any other.
    public struct Status: RawRepresentable, Hashable, Sendable, Codable {
        /// The text in messages.
        public let rawValue: String
        /// Accepts any text.
        public init(rawValue: String) { self.rawValue = rawValue }

        /// The picture was judged.
        public static let ok = Status(rawValue: "OK")
        /// The request failed.
        public static let error = Status(rawValue: "ERR")
        /// No calls are left.
        public static let noQuota = Status(rawValue: "NOQUOTA")
        /// The picture was not judged yet. Only its hash is given.
        public static let pending = Status(rawValue: "PENDING")
    }
    /// Whether the request succeeded.
    public var status: Status
    /// The result; `nil` if the request failed.
    public var data: NSFWCategorizeData?
    /// Why the request failed.
    public var reason: String?
    /// The number of calls left for the key, or for the caller's address.
    public var keyQuota, quota: Int?

    private enum CodingKeys: String, CodingKey { case status, data, reason, keyQuota = "key_quota", quota }

    /// See the properties of the same names.
    public init(status: Status, data: NSFWCategorizeData? = nil, reason: String? = nil) {
        (self.status, self.data, self.reason) = (status, data, reason)
    }

    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        status = Status(rawValue: try fields.decode(String.self, forKey: .status).uppercased())
        data = fields.object(NSFWCategorizeData.self, .data)
        reason = fields.text(.reason)
        keyQuota = fields.integer(.keyQuota)
        quota = fields.integer(.quota)
    }

    /// The number of calls left; `nil` if the response does not say.
    public var remaining: Int? { keyQuota ?? quota }
}

extension NSFWCategorizeData {
    /// Converts a judgement. Returns `nil` if nudity was not judged.
    /// - Parameter hash: The SHA-1 of the file, in hexadecimal.
    public init?(_ judgement: Judgement, hash: String) {
        guard let explicit = judgement.probabilities[.nudityExplicit] else { return nil }
        let suggestive = min(judgement.probabilities[.nuditySuggestive] ?? 0, 1 - explicit)
        let neutral = 1 - explicit - suggestive
        let highest = max(explicit, suggestive, neutral)
        let found: Classification = explicit == highest ? .porn : suggestive == highest ? .nsfw : .neutral
        self.init(classification: found, confidence: (highest * 100).rounded(decimals: 2), hash: hash)
    }

    /// The result for a picture that matches known content. There is no class for that, but it must not be neutral.
    public var ofKnownContent: NSFWCategorizeData {
        classification == .neutral ? NSFWCategorizeData(classification: .nsfw, confidence: 100, hash: hash) : self
    }

    /// The result in unified categories. Only the probability of the stated class is known. A category that depends on the
    /// other two is missing.
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
