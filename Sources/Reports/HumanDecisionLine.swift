import Base
import Foundation
import Moderation

/// Human decisions as lines of JSON, as `framesift review export` writes them.
extension HumanDecision {
    /// Why a line makes no sense.
    public struct LineProblem: Error, Hashable, Sendable, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    /// What is needed of a line. Other fields are ignored.
    private struct Line: Decodable {
        enum Decision: String, Decodable {
            case approve, reject
        }
        let `case`: String
        let scores: [String: Double]
        let present: [String]
        let weight: Double?
        let decision: Decision
    }

    /// The longest id of a case and the longest name of a category, in bytes.
    private static let longestName = 256
    private static let weights = 1.0...1e9

    /// Reads a line.
    /// - Returns: `nil` for an empty line.
    /// - Throws: `LineProblem`.
    public init?(line: [UInt8]) throws(LineProblem) {
        guard let text = String(validating: line, as: UTF8.self) else {
            throw LineProblem(description: "It is not UTF-8.")
        }
        if text.trimmed.isEmpty { return nil }
        let read: Line
        do {
            read = try JSONDecoder().decode(Line.self, from: Data(line))
        } catch {
            let isObject = text.trimmed.hasPrefix("{")
            let reason = isObject ? (error as? DecodingError)?.ofLine : nil
            throw LineProblem(description: reason ?? "It is no object of JSON.")
        }
        try Self.check(read)
        self.init(
            caseID: read.case,
            scores: Dictionary(read.scores.map { (ContentCategory(rawValue: $0), $1) }) { first, _ in first },
            present: Set(read.present.map(ContentCategory.init)), weight: read.weight ?? 1)
    }

    private static func check(_ line: Line) throws(LineProblem) {
        for (name, what) in [(line.case, "case")] + (line.scores.keys + line.present).map({ ($0, "category") })
        where !(1...longestName).contains(name.utf8.count) {
            throw LineProblem(description: "The name of a \(what) has to have 1 to \(longestName) bytes.")
        }
        if let (name, score) = line.scores.first(where: { !(0...1).contains($1) }) {
            throw LineProblem(description: "Its score of “\(name)” is \(score), not from 0 to 1.")
        }
        if let weight = line.weight, !weights.contains(weight) {
            throw LineProblem(description: "Its “weight” is \(weight), not from 1 to \(weights.upperBound).")
        }
    }
}
