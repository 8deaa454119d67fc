/// A still picture of unknown origin, as a judge sees it. What it is asked for is made once and kept.
public protocol Still: Sendable {
    /// Upright, with square pixels.
    var width: Int { get }
    var height: Int { get }
    /// The picture scaled (antialiased) to exactly the size asked for, 8 bits a component, rows from the top without
    /// padding. Throws when it cannot be converted.
    func pixels(_ layout: PixelLayout, width: Int, height: Int) throws -> [UInt8]
    /// The picture as a JPEG no larger than `limits` say. Throws when it cannot be encoded.
    func jpeg(within limits: JPEGLimits) throws -> [UInt8]
}

public enum PixelLayout: Hashable, Sendable {
    /// Red, green, blue: 3 bytes a pixel.
    case rgb
    /// Luma: 1 byte a pixel.
    case gray

    public var bytesPerPixel: Int { self == .rgb ? 3 : 1 }
}

/// What a JPEG may be at most.
public struct JPEGLimits: Hashable, Sendable {
    /// Longest side in pixels; `nil` for as it is.
    public var longestSide: Int?
    /// 1…100 on libjpeg's scale.
    public var quality: Int

    public init(longestSide: Int? = nil, quality: Int = 85) {
        self.longestSide = longestSide
        self.quality = quality
    }
}

/// Judges one still at a time.
public protocol ImageJudge: Sendable {
    /// Name and version as they stand in reports.
    var identity: JudgeIdentity { get }
    /// Every category it can judge.
    var categories: Set<Category> { get }
    /// How many stills it can usefully judge at once.
    var concurrency: Int { get }
    /// The longest side, pixels, that it asks a still for, whatever it is to judge: what is larger may be decoded at less
    /// than its size. `nil`: it takes stills as they are.
    var longestSide: Int? { get }
    /// A probability for each category it was asked for and could judge. Throws when the still cannot be judged at all.
    /// Throws `JudgeStop` when it will judge nothing any more.
    func judge(_ still: any Still, for categories: Set<Category>) async throws -> Judgement
    /// What its judging has cost so far; `nil` where nothing is counted.
    var spending: Spending? { get }
    /// Seconds that each of its parts (such as a pack of models) has worked so far, summed over threads, by the part's name;
    /// `nil` where nothing is measured.
    var timeByPart: [String: Double]? { get }
}

extension ImageJudge {
    public var spending: Spending? { nil }
    public var timeByPart: [String: Double]? { nil }
    public var longestSide: Int? { nil }
}

/// What a judge's work has cost.
public struct Spending: Hashable, Sendable {
    /// Requests made, repeated ones included.
    public var requests = 0
    /// What the service bills, in its own units, as it says; where it does not say, as it documents.
    public var operations = 0
    /// Bytes of request bodies.
    public var bytesSent = 0
    /// Pictures answered from what was judged before.
    public var known = 0
    /// Pictures that were not sent on to a second judge, because the first was sure; `nil` where there is one judge.
    public var spared: Int?

    public init() {}
}

/// A judge's last word: whatever else it is asked, it will not answer. Ends a run.
public struct JudgeStop: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Kind: Hashable, Sendable {
        /// Missing or refused.
        case credentials
        /// Spent.
        case quota
        /// It does not answer, or refuses everything.
        case unavailable
        /// More than the caller wants to pay.
        case budget
    }
    public let kind: Kind
    /// One sentence, without secrets.
    public let description: String

    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

public struct JudgeIdentity: Hashable, Sendable, Codable {
    public let name: String
    public let version: String
    /// By category's name: how good it was measured to be at what it is not good enough at to promise; `nil` where it was
    /// asked for nothing of the kind.
    public let experimental: [String: String]?

    public init(name: String, version: String, experimental: [String: String]? = nil) {
        self.name = name
        self.version = version
        self.experimental = experimental
    }

    /// A sentence for each experiment, for people.
    public var warnings: [String] {
        (experimental ?? [:]).sorted { $0.key < $1.key }.map { "“\($0.key)” is an experiment. \($0.value)" }
    }
}

/// What a judge says of one picture.
public struct Judgement: Hashable, Sendable {
    /// Probability (0…1) that the content is present. A category it did not judge is absent, never 0; nor is one whose
    /// score is no number (NaN, infinity), which says nothing.
    public var probabilities: [Category: Double] {
        didSet { probabilities = Self.sound(probabilities) }
    }
    public var findings: Findings

    public init(probabilities: [Category: Double], findings: Findings = Findings()) {
        self.probabilities = Self.sound(probabilities)
        self.findings = findings
    }

    /// Adds what another judge says of the same picture. Of two probabilities the higher stands.
    public mutating func add(_ other: Judgement) {
        probabilities.merge(other.probabilities) { max($0, $1) }
        findings.add(other.findings)
    }

    private static func sound(_ probabilities: [Category: Double]) -> [Category: Double] {
        probabilities.compactMapValues { $0.isFinite ? min(max($0, 0), 1) : nil }
    }
}
