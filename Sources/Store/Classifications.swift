import GRDB

/// What was found of a file, by the SHA-1 of its bytes; the bytes are not kept.
public struct KnownClassification: Hashable, Sendable {
    /// 40 lower-case hexadecimal digits.
    public var sha1: String
    public var name: String
    /// Percent.
    public var confidence: Double

    public init(sha1: String, name: String, confidence: Double) {
        self.sha1 = sha1
        self.name = name
        self.confidence = confidence
    }
}

extension Store {
    public func keep(_ known: KnownClassification) async throws {
        try await database.write { database in
            try database.execute(
                sql: "INSERT OR REPLACE INTO classification (sha1, class, confidence) VALUES (?, ?, ?)",
                arguments: [known.sha1, known.name, known.confidence])
        }
    }

    public func classification(sha1: String) async throws -> KnownClassification? {
        try await database.read { database in
            try Row.fetchOne(
                database, sql: "SELECT * FROM classification WHERE sha1 = ?", arguments: [sha1]
            ).map { KnownClassification(sha1: $0["sha1"], name: $0["class"], confidence: $0["confidence"]) }
        }
    }
}
