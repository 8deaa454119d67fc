import Foundation
import GRDB

/// Somebody's report of a misjudged picture. The picture itself is not kept.
public struct Feedback: Hashable, Sendable {
    /// Name of the key it came with.
    public var key: String
    public var model: String
    /// What the picture really is.
    public var trueClass: String
    /// Where the picture is; `nil` for an upload.
    public var url: String?
    /// Of an uploaded picture, 64 hexadecimal digits.
    public var sha256: String?
    public var received: Date

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
    public func keep(_ feedback: Feedback) async throws {
        try await database.write { database in
            try database.execute(
                sql: "INSERT INTO feedback (received, key, model, class, url, sha256) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [
                    feedback.received.timeIntervalSince1970, feedback.key, feedback.model, feedback.trueClass,
                    feedback.url, feedback.sha256,
                ])
        }
    }

    /// The newest first.
    /// - Parameter limit: At most this many.
    public func feedback(limit: Int) async throws -> [Feedback] {
        try await database.read { database in
            try Row.fetchAll(database, sql: "SELECT * FROM feedback ORDER BY id DESC LIMIT ?", arguments: [limit]).map {
                Feedback(
                    key: $0["key"], model: $0["model"], trueClass: $0["class"], url: $0["url"], sha256: $0["sha256"],
                    received: Date(timeIntervalSince1970: $0["received"]))
            }
        }
    }
}
