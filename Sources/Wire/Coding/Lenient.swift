import Foundation

// What services write is not always what they document: numbers and booleans come as strings, fields go missing. These
// read what is meant and are used by every message; encoding stays exact.

extension KeyedDecodingContainer {
    /// A number, or a string that holds one. `nil` when missing, null or neither.
    func number(_ key: Key) -> Double? {
        if let value = try? decodeIfPresent(Double.self, forKey: key) { return value }
        guard let text = try? decodeIfPresent(String.self, forKey: key) else { return nil }
        let value = Double(text.trimmingCharacters(in: .whitespaces))
        return value?.isFinite == true ? value : nil
    }

    /// A whole number, or a number or string that holds one.
    func integer(_ key: Key) -> Int? {
        if let value = try? decodeIfPresent(Int.self, forKey: key) { return value }
        return number(key).flatMap { Int(exactly: $0) }
    }

    /// `true`, `false`, the same as strings, or a number.
    func flag(_ key: Key) -> Bool? {
        if let value = try? decodeIfPresent(Bool.self, forKey: key) { return value }
        if let text = try? decodeIfPresent(String.self, forKey: key) {
            switch text.trimmingCharacters(in: .whitespaces).lowercased() {
            case "true": return true
            case "false": return false
            default: break
            }
        }
        return number(key).map { $0 != 0 }
    }

    /// A string, or a number written out.
    func text(_ key: Key) -> String? {
        if let value = try? decodeIfPresent(String.self, forKey: key) { return value }
        if let value = integer(key) { return String(value) }
        return number(key).map { "\($0)" }
    }

    /// A list; a single element counts as a list of one, and what cannot be read as none.
    func list<Element: Decodable>(_ type: Element.Type, _ key: Key) -> [Element]? {
        if let values = try? decodeIfPresent([Element].self, forKey: key) { return values }
        return (try? decodeIfPresent(Element.self, forKey: key)).map { [$0] }
    }

    /// A value, or `nil` when it is missing or of another shape.
    func object<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        try? decodeIfPresent(type, forKey: key)
    }
}

/// A key whose name is only known at run time.
struct AnyKey: CodingKey, Hashable {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
