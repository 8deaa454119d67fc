/// Splits text into lines.
enum TextLines {
    /// The maximum length of a line in bytes. Longer lines make no sense; they are cut.
    static let maxLength = 4096

    /// Calls `body` with each line that is neither blank nor a comment (`#`), and its number from 1.
    static func each(of text: UnsafeRawBufferPointer, _ body: (Field, Int) -> Void) {
        var start = 0
        var number = 0
        while start < text.count {
            number += 1
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")) ?? text.count
            let line = Field(text[start..<min(end, start + maxLength)]).trimmed
            if let first = line.first, first != UInt8(ascii: "#") { body(line, number) }
            start = end + 1
        }
    }
}

extension Field {
    /// The fields between commas. Commas in quotes do not separate.
    var fields: [Field] {
        guard contains(UInt8(ascii: "\"")) else {
            return split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false).map(\.trimmed)
        }
        var fields: [Field] = [[]]
        var isQuoted = false
        for byte in self {
            switch byte {
            case UInt8(ascii: "\""): isQuoted.toggle()
            case UInt8(ascii: ",") where !isQuoted: fields.append([])
            default: fields[fields.count - 1].append(byte)
            }
        }
        return fields.map(\.trimmed)
    }

    fileprivate var trimmed: Field {
        var rest = self
        while let first = rest.first, JSONText.isBlank(first) { rest.removeFirst() }
        while let last = rest.last, JSONText.isBlank(last) { rest.removeLast() }
        return rest
    }
}
