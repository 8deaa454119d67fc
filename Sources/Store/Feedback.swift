import Foundation

/// A user's report of a misjudged picture. The picture itself is not kept.
public struct Feedback: Hashable, Sendable {
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

extension Store {
    /// Stores a report.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ feedback: Feedback) async throws {
        try await database.execute(
            "INSERT INTO feedback (received, key, model, class, url, sha256) VALUES (?, ?, ?, ?, ?, ?)",
            feedback.received.timeIntervalSince1970, feedback.key, feedback.model, feedback.trueClass, feedback.url,
            feedback.sha256)
    }

    /// The newest reports, newest first.
    /// - Parameter limit: The most to return.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func feedback(limit: Int) async throws -> [Feedback] {
        try await database.read { database in
            try database.rows("SELECT * FROM feedback ORDER BY id DESC LIMIT ?", limit).map { row in
                Feedback(
                    key: try row.value("key"), model: try row.value("model"), trueClass: try row.value("class"),
                    url: try row.optional("url"), sha256: try row.optional("sha256"),
                    received: Date(timeIntervalSince1970: try row.value("received")))
            }
        }
    }
}
