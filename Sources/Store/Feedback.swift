import Foundation
import GRDB

/// A user's report of a misjudged picture. The picture itself is not kept.
public struct Feedback: Hashable, Sendable, Codable {
    /// The name of the API key it was sent with.
    public var key: String
    /// The model that misjudged the picture, as the report names it.
    public var model: String
    /// The class that would have been right.
    public var trueClass: String
    /// The picture's address; `nil` for an upload.
    public var url: String?
    /// The SHA-256 of an uploaded picture, 64 hexadecimal digits.
    public var sha256: String?
    /// When the report arrived.
    public var received: Date

    private enum CodingKeys: String, CodingKey { case key, model, trueClass = "class", url, sha256, received }

    /// Creates a report from its values.
    public init(key: String, model: String, trueClass: String, url: String?, sha256: String?, received: Date) {
        self.key = key
        self.model = model
        self.trueClass = trueClass
        self.url = url
        self.sha256 = sha256
        self.received = received
    }
}

extension Feedback: FetchableRecord, PersistableRecord {
    /// See `DatabaseDateEncodingStrategy`.
    public static func databaseDateEncodingStrategy(for column: String) -> DatabaseDateEncodingStrategy {
        .timeIntervalSince1970
    }
    /// See `DatabaseDateDecodingStrategy`.
    public static func databaseDateDecodingStrategy(for column: String) -> DatabaseDateDecodingStrategy {
        .timeIntervalSince1970
    }
}

extension Store {
    /// Stores a report.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ feedback: Feedback) async throws {
        try await database.write { try feedback.insert($0) }
    }

    /// The newest reports, newest first.
    /// - Parameter limit: The most to return.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func feedback(limit: Int) async throws -> [Feedback] {
        try await database.read { try Feedback.order(Column("id").desc).limit(limit).fetchAll($0) }
    }
}
