/// A field of a comma-separated line, without surrounding white space and quotes.
typealias Field = ArraySlice<UInt8>

/// A format with one hash per line.
enum HashLineFormat: Hashable {
    /// A hash and nothing else.
    case plain
    /// pdq-photo-hasher: `hash,quality,file`, one line per picture. File and quality may be missing.
    case photoHasher
    /// vPDQ: `frame,quality,hash,seconds`, one line per frame of a video.
    case vpdq
    /// A table, by the indices of its columns.
    case table(hash: Int, quality: Int?)

    /// Known names for a column of PDQ hashes, in lowercase.
    private static let hashNames: Set<String> = [
        "hash", "pdq", "pdq_hash", "pdqhash", "hash_pdq", "hash_value", "hashvalue", "indicator", "signal", "hex",
    ]

    /// A table whose first line names its columns. Returns `nil` if the line names no column of hashes.
    init?(header: [Field]) {
        let names = header.map { String(decoding: $0, as: UTF8.self).lowercased() }
        guard let hash = names.firstIndex(where: Self.hashNames.contains) else { return nil }
        self = .table(hash: hash, quality: names.firstIndex(of: "quality"))
    }

    /// The most likely format of a line.
    init(of fields: [Field]) {
        switch fields.count {
        case 1: self = .plain
        case 4 where PDQHash(digits: fields[0]) == nil: self = .vpdq
        default: self = .photoHasher
        }
    }

    /// - Parameter fields: At least one.
    func read(_ fields: [Field]) throws(HashProblem) -> HashRecord {
        switch self {
        case .plain:
            guard fields.count == 1 else { throw HashProblem(reason: "a line of plain hashes is one hash.") }
            return try HashRecord(fields[0], quality: nil)
        case .photoHasher: return try HashRecord(fields[0], quality: fields.count > 1 ? fields[1] : nil)
        case .vpdq:
            guard fields.count == 4 else {
                throw HashProblem(reason: "a vPDQ line has four fields: frame, quality, hash, seconds.")
            }
            guard fields[0].number != nil else { throw HashProblem(reason: "a frame is a whole number from 0 on.") }
            guard fields[3].isDecimal else { throw .seconds }
            return try HashRecord(fields[2], quality: fields[1])
        case .table(let hash, let quality):
            guard hash < fields.count else { throw HashProblem(reason: "the column of hashes is missing.") }
            let told = quality.flatMap { $0 < fields.count && !fields[$0].isEmpty ? fields[$0] : nil }
            return try HashRecord(fields[hash], quality: told)
        }
    }
}

/// A hash as a list gives it.
struct HashRecord {
    let hash: PDQHash
    /// 0…100; `nil` if the list does not say.
    let quality: Int?

    /// - Parameter quality: `nil` if the format has none.
    init(_ digits: Field, quality: Field?) throws(HashProblem) {
        self.quality = quality?.number
        guard quality == nil || (0...100).contains(self.quality ?? -1) else {
            throw HashProblem(reason: "a quality is a whole number from 0 to 100.")
        }
        guard let hash = PDQHash(digits: digits) else { throw .noHash(digits) }
        self.hash = hash
    }
}

/// Why a line is not a hash.
struct HashProblem: Error {
    /// One sentence that does not quote the line.
    let reason: String

    static let seconds = HashProblem(reason: "seconds are a number from 0 on.")

    static func noHash(_ text: Field) -> HashProblem {
        let isHexadecimal = !text.isEmpty && text.allSatisfy { PDQHash.value(of: $0) != nil }
        return HashProblem(
            reason: isHexadecimal
                ? "there are \(text.count) hexadecimal digits; a PDQ hash has \(PDQHash.digits)."
                : "a PDQ hash is \(PDQHash.digits) hexadecimal digits.")
    }
}

extension Field {
    /// The value of a whole number, 0 or more, of at most 9 digits.
    var number: Int? {
        guard (1...9).contains(count), allSatisfy({ (48...57).contains($0) }) else { return nil }
        return reduce(0) { 10 * $0 + Int($1 - 48) }
    }

    /// Whether this is a decimal number, 0 or more.
    var isDecimal: Bool {
        let parts = split(separator: UInt8(ascii: "."), maxSplits: 1, omittingEmptySubsequences: false)
        return !isEmpty && parts.allSatisfy { $0.allSatisfy { (48...57).contains($0) } } && contains { $0 != 46 }
    }
}
