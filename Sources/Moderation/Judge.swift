/// A still picture, as judges see it. Conversions are cached.
public protocol Picture: Sendable {
    /// In pixels; upright, with square pixels.
    var width: Int { get }
    /// In pixels; upright, with square pixels.
    var height: Int { get }
    /// Scales the picture to exactly the given size, with antialiasing.
    /// - Parameters:
    ///   - layout: The components of a pixel.
    ///   - width: In pixels.
    ///   - height: In pixels.
    /// - Returns: 8 bits per component, rows from top to bottom without padding.
    /// - Throws: An error if the picture cannot be converted.
    func pixels(_ layout: PixelLayout, width: Int, height: Int) throws -> [UInt8]
    /// Encodes the picture as a JPEG.
    /// - Throws: An error if the picture cannot be encoded.
    func jpeg(within limits: JPEGLimits) throws -> [UInt8]
}

/// The components of a pixel, 8 bits each.
public enum PixelLayout: Hashable, Sendable {
    /// Red, green, blue.
    case rgb
    /// Luma.
    case gray

    /// 3 or 1.
    public var bytesPerPixel: Int { self == .rgb ? 3 : 1 }
}

/// Size and quality of a JPEG.
public struct JPEGLimits: Hashable, Sendable {
    /// The maximum length of the longest side, in pixels. `nil`: no limit.
    public var longestSide: Int?
    /// 1…100 on libjpeg's scale.
    public var quality: Int

    /// See the properties of the same names.
    public init(longestSide: Int? = nil, quality: Int = 85) {
        (self.longestSide, self.quality) = (longestSide, quality)
    }
}

/// Judges stills.
public protocol ImageJudge: Sendable {
    /// Name and version, as used in reports.
    var identity: JudgeIdentity { get }
    /// All categories it can judge.
    var categories: Set<ContentCategory> { get }
    /// The number of stills to judge in parallel for best throughput.
    var concurrency: Int { get }
    /// The longest side that it ever requests of a still, in pixels. Larger pictures may be decoded at a reduced size.
    /// `nil`: it uses stills at full size.
    var longestSide: Int? { get }
    /// Judges a still.
    /// - Parameters:
    ///   - still: The picture.
    ///   - categories: The categories to look for.
    /// - Returns: A probability for each requested category that it can judge.
    /// - Throws: `JudgeStop` if it will not judge anything any more, and any other error if it cannot judge this still.
    func judge(_ still: any Picture, for categories: Set<ContentCategory>) async throws -> Judgement
    /// The cost so far, of all runs; `nil` if not counted. See `RunCost` for that of one.
    var spending: Spending? { get }
    /// The computing time of each part so far, such as a model pack, in seconds, summed over threads. By the part's name;
    /// `nil` if not measured.
    var timeByPart: [String: Double]? { get }
}

extension ImageJudge {
    /// `nil`
    public var spending: Spending? { nil }
    /// `nil`
    public var timeByPart: [String: Double]? { nil }
    /// `nil`
    public var longestSide: Int? { nil }
}

/// The cost of judging.
public struct Spending: Hashable, Sendable {
    /// The number of requests, including retries.
    public var requests = 0
    /// The units that the service bills, as it reports them, otherwise as it documents them.
    public var operations = 0
    /// The size of all request bodies, in bytes.
    public var bytesSent = 0
    /// The number of pictures whose judgement was already known.
    public var known = 0
    /// The number of pictures not passed on to a second judge, because the first was certain. `nil` with a single judge.
    public var spared: Int?

    /// No cost.
    public init() {}
}

/// Thrown by a judge that will not judge anything any more. Ends the run.
public struct JudgeStop: Error, Hashable, Sendable, CustomStringConvertible {
    /// Why the judge stopped.
    public enum Kind: Hashable, Sendable {
        /// The credentials are missing or rejected.
        case credentials
        /// The account's quota is used up.
        case quota
        /// The service does not answer, or rejects all requests.
        case unavailable
        /// The caller's budget is used up.
        case budget
    }
    /// Why the judge stopped.
    public let kind: Kind
    /// One sentence without secrets.
    public let description: String

    /// See the properties of the same names.
    public init(_ kind: Kind, _ description: String) { (self.kind, self.description) = (kind, description) }
}

/// Identifies a judge in reports.
public struct JudgeIdentity: Hashable, Sendable, Codable {
    /// Such as `on-device`, or the name of a service.
    public let name: String
    /// The version of the judge or its models.
    public let version: String
    /// For each requested category that is an experiment, a sentence on its measured quality. `nil` if there are none.
    public let experimental: [String: String]?

    /// See the properties of the same names.
    public init(name: String, version: String, experimental: [String: String]? = nil) {
        (self.name, self.version, self.experimental) = (name, version, experimental)
    }

    /// A warning for each experiment.
    public var warnings: [String] {
        (experimental ?? [:]).sorted { $0.key < $1.key }.map { "“\($0.key)” is an experiment. \($0.value)" }
    }
}

/// A judge's result for one picture.
public struct Judgement: Hashable, Sendable {
    /// The probability that the picture shows a category, 0…1. Categories that were not judged are missing, as are those
    /// whose score is NaN or infinite. Other values are clamped.
    public var probabilities: [ContentCategory: Double] {
        didSet { probabilities = Self.sound(probabilities) }
    }
    /// Details, such as faces and texts.
    public var findings: Findings

    /// See the properties of the same names.
    public init(probabilities: [ContentCategory: Double], findings: Findings = Findings()) {
        self.probabilities = Self.sound(probabilities)
        self.findings = findings
    }

    /// Adds another judge's result for the same picture. If both judged a category, keeps the higher probability.
    public mutating func add(_ other: Judgement) {
        probabilities.merge(other.probabilities) { max($0, $1) }
        findings.add(other.findings)
    }

    private static func sound(_ probabilities: [ContentCategory: Double]) -> [ContentCategory: Double] {
        probabilities.compactMapValues { $0.isFinite ? min(max($0, 0), 1) : nil }
    }
}
