import Foundation
import Moderation

/// What became of one input of a batch: a line of its index. JSON with snake_case keys; Batches.md describes each field.
public struct BatchEntry: Codable, Hashable, Sendable {
    /// How an input ended.
    public enum State: String, Codable, Hashable, Sendable, CaseIterable {
        /// Judged now.
        case finished
        /// Judged by an earlier run, whose result is still there.
        case skipped
        /// Could not be read or judged.
        case failed
        /// A file in a folder that is neither a video nor a picture.
        case notMedia = "not_media"
    }

    /// The path or address, without credentials and query.
    public var input: String
    /// The caller's own ids of the input and of its origin.
    public var referenceId, originId: String?
    /// How it ended.
    public var state: State
    /// One sentence on why there is no result, or why it is partial.
    public var error: String?
    /// The decision and the counts; `nil` without a result.
    public var row: ResultIndex.Row?

    /// See the properties of the same names.
    public init(
        input: String, referenceId: String? = nil, originId: String? = nil, state: State, error: String? = nil,
        row: ResultIndex.Row? = nil
    ) {
        (self.input, self.referenceId, self.originId) = (input, referenceId, originId)
        (self.state, self.error, self.row) = (state, error, row)
        self.row?.referenceId = referenceId
    }

    private enum CodingKeys: String, CodingKey { case input, referenceId, originId, state, error }

    /// The row's fields stand beside the others, not in an object of their own.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.container(keyedBy: CodingKeys.self)
        try container.encode(input, forKey: .input)
        try container.encodeIfPresent(referenceId, forKey: .referenceId)
        try container.encodeIfPresent(originId, forKey: .originId)
        try container.encode(state, forKey: .state)
        try container.encodeIfPresent(error, forKey: .error)
        try row?.encode(to: encoder)
    }

    /// See `encode(to:)`.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let state = try container.decode(State.self, forKey: .state)
        let hasResult = state == .finished || state == .skipped
        self.init(
            input: try container.decode(String.self, forKey: .input),
            referenceId: try container.decodeIfPresent(String.self, forKey: .referenceId),
            originId: try container.decodeIfPresent(String.self, forKey: .originId), state: state,
            error: try container.decodeIfPresent(String.self, forKey: .error),
            row: hasResult ? try ResultIndex.Row(from: decoder) : nil)
    }

    /// The entry as one line of JSON, ending in a newline.
    /// - Throws: `EncodingError`.
    public func line() throws -> String {
        String(decoding: try ModerationResult.encoder(pretty: false).encode(self), as: UTF8.self) + "\n"
    }

    /// Reads a line.
    /// - Throws: `DecodingError`.
    public init(line: String) throws {
        self = try ModerationResult.decoder.decode(BatchEntry.self, from: Data(line.utf8))
    }

    /// The first line of the index as CSV.
    public static var csvHeader: String {
        CSVReport.text([["input", "origin_id", "state", "error"] + ResultIndex.Row.columns])
    }

    /// The entry as a line of CSV.
    public var csv: String {
        let row = row?.fields ?? ResultIndex.Row.columns.map { $0 == "reference_id" ? referenceId ?? "" : "" }
        return CSVReport.text([[input, originId ?? "", state.rawValue, error ?? ""] + row])
    }
}
