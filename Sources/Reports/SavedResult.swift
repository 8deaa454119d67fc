import Foundation
import Moderation

/// A document that is saved as JSON.
public protocol JSONDocument: Encodable {}

extension JSONDocument {
    /// The document as indented JSON with sorted snake_case keys, ending in a newline.
    /// - Throws: `EncodingError`.
    public func json() throws -> String {
        String(decoding: try ModerationResult.encoder(pretty: true).encode(self), as: UTF8.self) + "\n"
    }
}

extension ModerationResult: JSONDocument {
    static func encoder(pretty: Bool) -> JSONEncoder {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting =
            pretty ? [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes] : [.sortedKeys, .withoutEscapingSlashes]
        return encoder
    }

    static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    /// A saved result contains a number that no check writes.
    public struct OutOfBounds: Error, Hashable, Sendable, CustomStringConvertible {
        /// A clause that names the number.
        public let description: String
    }

    /// A saved result was written by a later version of this program.
    public struct LaterVersion: Error, Hashable, Sendable, CustomStringConvertible {
        /// The version of the result's format.
        public let version: Int
        /// A clause that names both versions.
        public var description: String {
            "it is of version \(version), and this program reads results up to version \(currentVersion)"
        }
    }

    private struct Version: Decodable { var version: Int? }

    /// Reads a saved result.
    /// - Throws: `DecodingError`, which names what is missing, `LaterVersion`, or `OutOfBounds`.
    public init(json: Data) throws {
        let decoder = Self.decoder
        if let version = try decoder.decode(Version.self, from: json).version, version > Self.currentVersion {
            throw LaterVersion(version: version)
        }
        self = try decoder.decode(ModerationResult.self, from: json)
        try requireBounds()
    }

    /// Ten years in ms and in s, so that sums of such numbers cannot overflow.
    private static let allowedPositions = 0...10 * 366 * 86_400_000
    private static let allowedSeconds = 0...10 * 366 * 86_400.0
    private static let allowedCounts = 0...1_000_000_000_000

    private func requireBounds() throws(OutOfBounds) {
        let all = segments + (dismissed ?? [])
        let times =
            frames.map(\.info.position) + (confirmation?.frames.map(\.position) ?? [])
            + all.flatMap { [$0.start, $0.end, $0.peak.position] } + categories.values.map(\.positionOfMax)
            + [media.duration, media.declaredDuration].compactMap { $0 }
        try require(times, in: Self.allowedPositions, "a position")
        let spans = [frameInterval, policy.gap, policy.minDuration, policy.confirm?.interval].compactMap { $0 }
        try require(spans, in: Self.allowedSeconds, "a number of seconds")
        let shares =
            frames.flatMap { $0.scores.values } + (confirmation?.frames.flatMap { $0.scores.values } ?? [])
            + all.map(\.peak.probability) + categories.values.flatMap { [$0.max, $0.mean] }
            + frames.compactMap(\.confidence) + [policy.threshold, confidenceScoreDecision].compactMap { $0 }
            + policy.thresholds.values
        try require(shares, in: 0...1, "a probability")
        let looks = confirmation.map { [$0.nbImages, $0.confirmed, $0.unconfirmed, $0.refuted] } ?? []
        let counts = [nbImages, nbImagesOk, nbImagesKo, nbImagesUndetermined] + all.map(\.count) + looks
        try require(counts, in: Self.allowedCounts, "a count")
    }

    private func require<Number: Comparable>(
        _ numbers: [Number], in bounds: ClosedRange<Number>, _ what: String
    ) throws(OutOfBounds) {
        guard let wrong = numbers.first(where: { !bounds.contains($0) }) else { return }
        throw OutOfBounds(description: "\(what) of \(wrong) is out of bounds")
    }
}
