/// The timestamp of a picture as its stream states it. Exact, unlike seconds.
public struct MediaTime: Hashable, Sendable {
    /// In units of the time base. The origin depends on the stream.
    public let pts: Int64
    /// The unit of `pts`.
    public let timeBase: TimeBase

    /// See the properties of the same names.
    public init(pts: Int64, timeBase: TimeBase) { (self.pts, self.timeBase) = (pts, timeBase) }
}

/// A unit of time as a fraction of a second, written `1/12800`.
public struct TimeBase: Hashable, Sendable, Codable, LosslessStringConvertible {
    /// In seconds.
    public let numerator: Int32
    /// More than 0.
    public let denominator: Int32

    /// See the properties of the same names.
    public init(numerator: Int32, denominator: Int32) {
        (self.numerator, self.denominator) = (numerator, denominator)
    }

    /// Parses a fraction such as `1/12800`. Returns `nil` for anything else.
    public init?(_ description: String) {
        let parts = description.split(separator: "/").compactMap { Int32($0) }
        guard parts.count == 2, parts[1] > 0 else { return nil }
        self.init(numerator: parts[0], denominator: parts[1])
    }

    public var description: String { "\(numerator)/\(denominator)" }

    public init(from decoder: any Decoder) throws {
        let text = try decoder.singleValueContainer().decode(String.self)
        guard let value = TimeBase(text) else {
            throw DecodingError.dataCorrupted(
                .init(codingPath: decoder.codingPath, debugDescription: "“\(text)” is not a time base like 1/12800"))
        }
        self = value
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
