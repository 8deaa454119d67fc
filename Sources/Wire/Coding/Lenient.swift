import Foundation

// Services do not always follow their documentation: numbers and booleans may be strings, and fields may be missing. All
// messages are decoded leniently with these functions, but encoded exactly.

extension KeyedDecodingContainer {
    /// Decodes a number, or a string that contains one. Returns `nil` for anything else.
    func number(_ key: Key) -> Double? {
        if let value = try? decodeIfPresent(Double.self, forKey: key) { return value }
        guard let text = try? decodeIfPresent(String.self, forKey: key) else { return nil }
        let value = Double(text.trimmingCharacters(in: .whitespaces))
        return value?.isFinite == true ? value : nil
    }

    /// Decodes a whole number, or a string that contains one.
    func integer(_ key: Key) -> Int? {
        if let value = try? decodeIfPresent(Int.self, forKey: key) { return value }
        return number(key).flatMap { Int(exactly: $0) }
    }

    /// Decodes a boolean, a string that contains one, or a number.
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

    /// Decodes a string or a number.
    func text(_ key: Key) -> String? {
        if let value = try? decodeIfPresent(String.self, forKey: key) { return value }
        if let value = integer(key) { return String(value) }
        return number(key).map { "\($0)" }
    }

    /// Decodes an array. A single element counts as an array of one. Returns `nil` if decoding fails.
    func list<Element: Decodable>(_ type: Element.Type, _ key: Key) -> [Element]? {
        if let values = try? decodeIfPresent([Element].self, forKey: key) { return values }
        return (try? decodeIfPresent(Element.self, forKey: key)).map { [$0] }
    }

    /// Decodes a value. Returns `nil` if decoding fails.
    func object<Value: Decodable>(_ type: Value.Type, _ key: Key) -> Value? {
        try? decodeIfPresent(type, forKey: key)
    }
}

/// The keys of a message whose decoding is derived and lenient: numbers and texts as above, 0 or an empty text if one is
/// missing, and nothing for an optional value that cannot be decoded.
protocol LenientKey: CodingKey {}

extension KeyedDecodingContainer where Key: LenientKey {
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { number(key) ?? 0 }
    /// Pixels and positions may have decimals.
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int {
        number(key).flatMap { Int(exactly: $0.rounded()) } ?? 0
    }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { text(key) ?? "" }
    func decode<Element: Decodable>(_ type: [Element].Type, forKey key: Key) throws -> [Element] {
        list(Element.self, key) ?? []
    }

    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { number(key) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { integer(key) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { text(key) }
    func decodeIfPresent<Element: Decodable>(_ type: [Element].Type, forKey key: Key) throws -> [Element]? {
        list(Element.self, key)
    }
    func decodeIfPresent<Value: Decodable>(_ type: Value.Type, forKey key: Key) throws -> Value? { object(type, key) }
}

/// A key with a dynamic name.
struct AnyKey: CodingKey, Hashable {
    let stringValue: String
    var intValue: Int? { nil }
    init(_ name: String) { stringValue = name }
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}
