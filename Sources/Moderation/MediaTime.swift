/// A timestamp as a stream states it: a count of units, and how long a unit is. Exact, unlike seconds.
public struct MediaTime: Hashable, Sendable {
    /// In units of the time base; the origin is the stream's own.
    public let pts: Int64
    public let timeBase: TimeBase

    public init(pts: Int64, timeBase: TimeBase) {
        self.pts = pts
        self.timeBase = timeBase
    }
}

/// Seconds a unit, as a fraction; written `1/12800`.
public struct TimeBase: Hashable, Sendable, Codable, LosslessStringConvertible {
    public let numerator: Int32
    public let denominator: Int32

    public init(numerator: Int32, denominator: Int32) {
        self.numerator = numerator
        self.denominator = denominator
    }

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
