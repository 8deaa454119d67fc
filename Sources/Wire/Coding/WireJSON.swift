import Foundation

/// The JSON of the services' messages.
public enum WireJSON {
    /// Encodes a message, with sorted keys and unescaped slashes.
    /// - Throws: `EncodingError`
    public static func encode(_ message: some Encodable, isPretty: Bool = false) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        if isPretty { encoder.outputFormatting.insert(.prettyPrinted) }
        return try encoder.encode(message)
    }

    /// Decodes a message. Accepts comments and trailing commas, which the services' own samples have.
    /// - Throws: `DecodingError`
    public static func decode<Message: Decodable>(_ type: Message.Type, from data: Data) throws -> Message {
        do {
            return try JSONDecoder().decode(type, from: data)
        } catch DecodingError.dataCorrupted {
            return try JSONDecoder().decode(type, from: forgiving(data))
        }
    }

    /// Removes `/* … */` comments, and commas before a closing bracket. Does not change strings.
    static func forgiving(_ data: Data) -> Data {
        let bytes = [UInt8](data)
        var kept: [UInt8] = []
        kept.reserveCapacity(bytes.count)
        var index = 0
        var inString = false
        while index < bytes.count {
            let byte = bytes[index]
            if inString {
                kept.append(byte)
                if byte == UInt8(ascii: "\\"), index + 1 < bytes.count {
                    index += 1
                    kept.append(bytes[index])
                } else if byte == UInt8(ascii: "\"") {
                    inString = false
                }
            } else if byte == UInt8(ascii: "/"), index + 1 < bytes.count, bytes[index + 1] == UInt8(ascii: "*") {
                index = endOfComment(bytes, from: index + 2)
                continue
            } else {
                if byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { dropTrailingComma(&kept) }
                inString = byte == UInt8(ascii: "\"")
                kept.append(byte)
            }
            index += 1
        }
        return Data(kept)
    }

    private static func endOfComment(_ bytes: [UInt8], from start: Int) -> Int {
        var index = start
        while index + 1 < bytes.count {
            if bytes[index] == UInt8(ascii: "*"), bytes[index + 1] == UInt8(ascii: "/") { return index + 2 }
            index += 1
        }
        return bytes.count
    }

    private static func dropTrailingComma(_ kept: inout [UInt8]) {
        let whitespace: Set<UInt8> = [0x20, 0x09, 0x0A, 0x0D]
        guard let last = kept.lastIndex(where: { !whitespace.contains($0) }) else { return }
        if kept[last] == UInt8(ascii: ",") { kept.remove(at: last) }
    }
}
