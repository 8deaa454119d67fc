import Base
import Foundation

/// An input as somebody gave it: an argument, or a line of a list.
public struct GivenInput: Hashable, Sendable {
    /// A path, an address, or something that stands for several inputs.
    public var text: String
    /// The caller's own ids of the input and of its origin.
    public var referenceID, originID: String?

    /// See the properties of the same names.
    public init(_ text: String, referenceID: String? = nil, originID: String? = nil) {
        (self.text, self.referenceID, self.originID) = (text, referenceID, originID)
    }

    /// Why a line makes no sense.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    private struct Line: Decodable {
        var input: String
        var referenceID, originID: String?

        private enum CodingKeys: String, CodingKey {
            case input
            case referenceID = "reference_id", originID = "origin_id"
        }
    }

    /// Reads a line of a list: an input, or an object of JSON if it begins with `{`.
    /// - Returns: `nil` for an empty line.
    /// - Throws: `Problem`.
    public init?(line: [UInt8]) throws(Problem) {
        guard let text = String(validating: line, as: UTF8.self) else { throw Problem(description: "It is not UTF-8.") }
        let trimmed = text.trimmingCharacters(in: .whitespacesAndNewlines)
        if trimmed.isEmpty { return nil }
        guard trimmed.hasPrefix("{") else {
            // Blanks may belong to a name; what ends a line does not.
            self.init(text.hasSuffix("\r") ? String(text.dropLast()) : text)
            return
        }
        do {
            let line = try JSONDecoder().decode(Line.self, from: Data(trimmed.utf8))
            guard !line.input.isEmpty else { throw Problem(description: "Its “input” is empty.") }
            self.init(line.input, referenceID: line.referenceID, originID: line.originID)
        } catch let problem as Problem {
            throw problem
        } catch {
            throw Problem(description: (error as? DecodingError)?.ofLine ?? "It is no object of JSON.")
        }
    }
}
