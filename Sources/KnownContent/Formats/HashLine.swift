/// A field of a comma-separated line, without surrounding white space and quotes.
typealias Field = ArraySlice<UInt8>

/// A format with one hash per line.
protocol HashLineFormat: Sendable {
    func read(_ fields: [Field]) -> Result<HashRecord, HashProblem>
}

/// A hash as a list gives it.
struct HashRecord: Hashable, Sendable {
    let hash: PDQHash
    /// 0…100; `nil` if the list does not say.
    let quality: Int?

    /// - Parameter quality: `nil` if the format has none.
    static func read(_ hash: Field, quality: Field?) -> Result<HashRecord, HashProblem> {
        var number: Int?
        if let quality {
            guard let read = quality.number, (0...100).contains(read) else { return .failure(.quality) }
            number = read
        }
        guard let value = PDQHash(digits: hash) else { return .failure(HashProblem(noHash: hash)) }
        return .success(HashRecord(hash: value, quality: number))
    }
}

/// Why a line is not a hash. Never quotes the line.
enum HashProblem: Error, Hashable {
    case digits(Int)
    case notHexadecimal
    case fields(String)
    case quality
    case frame
    case seconds

    init(noHash text: some Collection<UInt8>) {
        let isHexadecimal = text.allSatisfy { PDQHash.value(of: $0) != nil }
        self = isHexadecimal && !text.isEmpty ? .digits(text.count) : .notHexadecimal
    }

    var reason: String {
        switch self {
        case .digits(let count): "there are \(count) hexadecimal digits; a PDQ hash has \(PDQHash.digits)."
        case .notHexadecimal: "a PDQ hash is \(PDQHash.digits) hexadecimal digits."
        case .fields(let expected): "\(expected)."
        case .quality: "a quality is a whole number from 0 to 100."
        case .frame: "a frame is a whole number from 0 on."
        case .seconds: "seconds are a number from 0 on."
        }
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
