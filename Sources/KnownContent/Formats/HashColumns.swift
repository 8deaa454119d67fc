/// A table whose first line names its columns.
struct HashColumns: HashLineFormat {
    private let hash: Int
    private let quality: Int?

    /// Known names for a column of PDQ hashes, in lowercase.
    private static let hashNames: Set<String> = [
        "hash", "pdq", "pdq_hash", "pdqhash", "hash_pdq", "hash_value", "hashvalue", "indicator", "signal", "hex",
    ]

    /// Returns `nil` if the line names no column of hashes.
    init?(header: [Field]) {
        let names = header.map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard let hash = names.firstIndex(where: Self.hashNames.contains) else { return nil }
        self.hash = hash
        quality = names.firstIndex(of: "quality")
    }

    func read(_ fields: [Field]) -> Result<HashRecord, HashProblem> {
        guard hash < fields.count else { return .failure(.fields("the column of hashes is missing")) }
        let told = quality.flatMap { $0 < fields.count && !fields[$0].isEmpty ? fields[$0] : nil }
        return HashRecord.read(fields[hash], quality: told)
    }
}
