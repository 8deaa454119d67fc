/// Walks through JSON and tells of its strings and objects, with their lines. Holds nothing but where it is, so that a
/// document of a million records costs no more than its text. Takes documents one after the other (one a line), too.
struct JSONText {
    /// A document that breaks off or is none.
    struct Problem: Error, Hashable {
        /// From 1.
        let line: Int
        let reason: String
    }

    /// What an object says under some of its keys; `true`, `false` and numbers as text.
    typealias Members = [String: Field]

    private let text: UnsafeRawBufferPointer
    private var place = 0
    private var line = 1
    /// Keys whose values are told.
    private let keys: Set<String>
    private let onObject: (Members, _ line: Int) -> Void
    private let onElement: (Field, _ line: Int) -> Void

    private static let deepest = 64
    private static let longestKey = 64

    /// - Parameters:
    ///   - keys: Keys whose values are told; of at most 64 bytes.
    ///   - onObject: Called with each object, at its end, and the line it began in.
    ///   - onElement: Called with each string in an array.
    init(
        _ text: UnsafeRawBufferPointer, keys: Set<String>, onObject: @escaping (Members, Int) -> Void,
        onElement: @escaping (Field, Int) -> Void
    ) {
        (self.text, self.keys, self.onObject, self.onElement) = (text, keys, onObject, onElement)
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 10 || byte == 13 }

    /// To the end. Throws `Problem`.
    mutating func walk() throws {
        while next() != nil { _ = try value(depth: 0) }
    }

    // MARK: Values

    /// The next byte that is not blank.
    private mutating func next() -> UInt8? {
        while place < text.count {
            let byte = text[place]
            guard Self.isBlank(byte) else { return byte }
            if byte == 10 { line += 1 }
            place += 1
        }
        return nil
    }

    /// Steps over a value. Returns it where it is a string, a number, `true`, `false` or `null`.
    private mutating func value(depth: Int) throws -> Field? {
        guard depth < Self.deepest else { throw problem("this JSON is nested too deeply.") }
        switch next() {
        case UInt8(ascii: "{"):
            try object(depth)
            return nil
        case UInt8(ascii: "["):
            try array(depth)
            return nil
        case UInt8(ascii: "\""): return try string()
        case nil: throw problem("this JSON breaks off.")
        default: return try word()
        }
    }

    private mutating func object(_ depth: Int) throws {
        let began = line
        place += 1
        var members: Members = [:]
        if try ends(with: "}") { return onObject(members, began) }
        repeat {
            guard next() == UInt8(ascii: "\"") else { throw problem("this is not JSON: a key belongs here.") }
            let key = try string()
            guard next() == UInt8(ascii: ":") else { throw problem("this is not JSON: a colon belongs here.") }
            place += 1
            let value = try value(depth: depth + 1)
            guard let value, key.count <= Self.longestKey else { continue }
            let name = String(decoding: key, as: UTF8.self)
            if keys.contains(name) { members[name] = value }
        } while try goesOn(to: "}")
        onObject(members, began)
    }

    private mutating func array(_ depth: Int) throws {
        place += 1
        if try ends(with: "]") { return }
        repeat {
            let isString = next() == UInt8(ascii: "\"")
            let began = line
            if let text = try value(depth: depth + 1), isString { onElement(text, began) }
        } while try goesOn(to: "]")
    }

    private mutating func ends(with bracket: Unicode.Scalar) throws -> Bool {
        guard let byte = next() else { throw problem("this JSON breaks off.") }
        guard byte == UInt8(ascii: bracket) else { return false }
        place += 1
        return true
    }

    /// Whether a comma follows; else the bracket has to.
    private mutating func goesOn(to bracket: Unicode.Scalar) throws -> Bool {
        if try ends(with: ",") { return true }
        if try ends(with: bracket) { return false }
        throw problem("this is not JSON: a comma or “\(bracket)” belongs here.")
    }

    // MARK: Scalars

    /// Without quotes. Escapes stay as they are: no hash, name or key that is looked for has any.
    private mutating func string() throws -> Field {
        place += 1
        let start = place
        while place < text.count {
            switch text[place] {
            case UInt8(ascii: "\""):
                place += 1
                return Field(text[start..<place - 1])
            case UInt8(ascii: "\\"): place += 1
            case 10: throw problem("this is not JSON: a string goes over the end of the line.")
            default: break
            }
            place += 1
        }
        throw problem("this JSON breaks off.")
    }

    private mutating func word() throws -> Field {
        let start = place
        while place < text.count, Self.isOfWord(text[place]) { place += 1 }
        guard place > start else { throw problem("this is not JSON.") }
        return Field(text[start..<place])
    }

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
