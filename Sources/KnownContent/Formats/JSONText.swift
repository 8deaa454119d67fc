/// A streaming JSON parser that reports objects and strings with their lines. It keeps only its position, so a document of
/// a million records needs no memory besides its text. Also accepts a sequence of documents, such as one per line.
struct JSONText {
    /// The text is not valid JSON, or is incomplete.
    struct Problem: Error, Hashable {
        /// From 1.
        let line: Int
        let reason: String
    }

    /// An object's values for the requested keys. Literals and numbers are given as text.
    typealias Members = [String: Field]

    private let text: UnsafeRawBufferPointer
    private var place = 0
    private var line = 1
    private let keys: Set<String>
    private let onObject: (Members, _ line: Int) -> Void
    private let onElement: (Field, _ line: Int) -> Void

    private static let deepest = 64
    private static let maxKeyLength = 64

    /// - Parameters:
    ///   - text: The document. Must outlive the parser.
    ///   - keys: The keys whose values to report, each of at most 64 bytes.
    ///   - onObject: Called at the end of each object, with the line in which it began.
    ///   - onElement: Called for each string in an array, with its line.
    init(
        _ text: UnsafeRawBufferPointer, keys: Set<String>, onObject: @escaping (Members, Int) -> Void,
        onElement: @escaping (Field, Int) -> Void
    ) {
        (self.text, self.keys, self.onObject, self.onElement) = (text, keys, onObject, onElement)
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    mutating func walk() throws(Problem) {
        while next() != nil { _ = try value(depth: 0) }
    }

    // MARK: Values

    /// Skips white space and returns the next byte without consuming it.
    private mutating func next() -> UInt8? {
        while place < text.count {
            let byte = text[place]
            guard Self.isBlank(byte) else { return byte }
            if byte == 10 { line += 1 }
            place += 1
        }
        return nil
    }

    /// Consumes a value. Returns it unless it is an object or an array.
    private mutating func value(depth: Int) throws(Problem) -> Field? {
        guard depth < Self.deepest else { throw problem("this JSON is nested too deeply.") }
        switch next() {
        case UInt8(ascii: "{"):
            try object(depth)
            return nil
        case UInt8(ascii: "["):
            try array(depth)
            return nil
        case UInt8(ascii: "\""): return try string()
        case nil: throw problem("this JSON is incomplete.")
        default: return try word()
        }
    }

    private mutating func object(_ depth: Int) throws(Problem) {
        let began = line
        place += 1
        var members: Members = [:]
        if try ends(with: "}") { return onObject(members, began) }
        repeat {
            guard next() == UInt8(ascii: "\"") else { throw problem("this is not JSON: a key is expected here.") }
            let key = try string()
            guard next() == UInt8(ascii: ":") else { throw problem("this is not JSON: a colon is expected here.") }
            place += 1
            let value = try value(depth: depth + 1)
            guard let value, key.count <= Self.maxKeyLength else { continue }
            let name = String(decoding: key, as: UTF8.self)
            if keys.contains(name) { members[name] = value }
        } while try goesOn(to: "}")
        onObject(members, began)
    }

    private mutating func array(_ depth: Int) throws(Problem) {
        place += 1
        if try ends(with: "]") { return }
        repeat {
            let isString = next() == UInt8(ascii: "\"")
            let began = line
            if let text = try value(depth: depth + 1), isString { onElement(text, began) }
        } while try goesOn(to: "]")
    }

    /// Consumes the next byte if it is `bracket`.
    private mutating func ends(with bracket: Unicode.Scalar) throws(Problem) -> Bool {
        guard let byte = next() else { throw problem("this JSON is incomplete.") }
        guard byte == UInt8(ascii: bracket) else { return false }
        place += 1
        return true
    }

    /// Consumes a comma or the closing bracket. Returns whether it was a comma.
    private mutating func goesOn(to bracket: Unicode.Scalar) throws(Problem) -> Bool {
        if try ends(with: ",") { return true }
        if try ends(with: bracket) { return false }
        throw problem("this is not JSON: a comma or “\(bracket)” is expected here.")
    }

    // MARK: Scalars

    /// Consumes a string and returns it without quotes. Escapes are not decoded: no relevant key, name or hash has any.
    private mutating func string() throws(Problem) -> Field {
        place += 1
        let start = place
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\""):
                place += 1
                return Field(text[start..<place - 1])
            case UInt8(ascii: "\\"): place += 1
            case 10: throw problem("this is not JSON: a string contains a line break.")
            default: break
            }
            place += 1
        }
        throw problem("this JSON is incomplete.")
    }

    private mutating func word() throws(Problem) -> Field {
        let start = place
        while place < text.count, Self.isOfWord(text[place]) { place += 1 }
        guard place > start else { throw problem("this is not JSON.") }
        return Field(text[start..<place])
    }

    /// Whether a byte can be part of a literal or a number. Asked for each byte of lists with a million hashes.
    private static func isOfWord(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    private func problem(_ reason: String) -> Problem { Problem(line: line, reason: reason) }
}
