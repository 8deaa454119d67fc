/// The class of a file that was judged, by the SHA-1 of its bytes. The bytes are not kept.
public struct KnownClassification: Hashable, Sendable {
    /// 40 lowercase hexadecimal digits.
    public var sha1: String
    /// The name of the class.
    public var name: String
    /// 0…100.
    public var confidence: Double

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
        try await database.execute(
            """
            INSERT INTO classification (sha1, class, confidence) VALUES (?, ?, ?)
            ON CONFLICT (sha1) DO UPDATE SET class = excluded.class, confidence = excluded.confidence
            """, known.sha1, known.name, known.confidence)
    }

    /// The stored classification of a file, if there is one.
    /// - Parameter sha1: 40 lowercase hexadecimal digits.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func classification(sha1: String) async throws -> KnownClassification? {
        try await database.read { database in
            try database.row("SELECT * FROM classification WHERE sha1 = ?", sha1).map { row in
                KnownClassification(
                    sha1: sha1, name: try row.value("class"), confidence: try row.value("confidence"))
            }
        }
    }
}
