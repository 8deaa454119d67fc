import GRDB

/// The class of a file that was judged, by the SHA-1 of its bytes. The bytes are not kept.
public struct KnownClassification: Hashable, Sendable, Codable, FetchableRecord, PersistableRecord {
    /// 40 lowercase hexadecimal digits.
    public var sha1: String
    /// The name of the class.
    public var name: String
    /// 0…100.
    public var confidence: Double

    /// See `TableRecord`.
    public static let databaseTableName = "classification"
    private enum CodingKeys: String, CodingKey { case sha1, name = "class", confidence }

    /// Creates a classification from its values.
    public init(sha1: String, name: String, confidence: Double) {
        self.sha1 = sha1
        self.name = name
        self.confidence = confidence
    }
}

extension Store {
    /// Stores a classification in place of any earlier one of the same file.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ known: KnownClassification) async throws {
        try await database.write { try known.insert($0, onConflict: .replace) }
    }

    /// The stored classification of a file, if there is one.
    /// - Parameter sha1: 40 lowercase hexadecimal digits.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func classification(sha1: String) async throws -> KnownClassification? {
        try await database.read { try KnownClassification.fetchOne($0, key: sha1) }
    }
}
