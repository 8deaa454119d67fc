/// The parameters of a header value such as `form-data; name="a"; filename="b"`.
package struct HeaderParameters {
    private var values: [String: String] = [:]

    /// The first parameter with a name, given in lowercase.
    package subscript(_ name: String) -> String? { values[name] }

    /// Parses a header's value, without the header's name.
    package init(_ header: String) { self.init(Array(header.utf8)) }

    init(_ header: some BidirectionalCollection<UInt8>) {
        let (semicolon, equals, quote) = (UInt8(ascii: ";"), UInt8(ascii: "="), UInt8(ascii: "\""))
        var rest = header.drop { $0 != semicolon }
        while rest.popFirst() != nil {
            let name = rest.prefix { $0 != semicolon && $0 != equals }
            rest = rest[name.endIndex...]
            guard rest.first == equals else { continue }
            rest = rest.dropFirst()
            let value: String
            if rest.first == quote {
                rest = rest.dropFirst()
                value = String(decoding: Self.quoted(&rest), as: UTF8.self)
                rest = rest.drop { $0 != semicolon }
            } else {
                let plain = rest.prefix { $0 != semicolon }
                rest = rest[plain.endIndex...]
                value = FieldText.decode(plain)
            }
            let key = FieldText.decode(name).lowercased()
            if values[key] == nil { values[key] = value }
        }
    }

    /// Consumes a quoted string up to its closing quote. A backslash only escapes quotes, since browsers send Windows paths
    /// with unescaped backslashes.
    private static func quoted<Rest: Collection<UInt8>>(_ rest: inout Rest) -> [UInt8] where Rest.SubSequence == Rest {
        let (quote, backslash) = (UInt8(ascii: "\""), UInt8(ascii: "\\"))
        var value: [UInt8] = []
        while let byte = rest.popFirst(), byte != quote {
            let isEscape = byte == backslash && rest.first == quote
            value.append(isEscape ? quote : byte)
            if isEscape { rest = rest.dropFirst() }
        }
        return value
    }
}
