/// Parses `application/x-www-form-urlencoded` queries and bodies.
package enum URLEncoded {
    /// A decoded name and its value.
    package typealias Field = (name: String, value: String)

    /// Decodes all fields of a query or body, in order. Values are trimmed; text that cannot be decoded is kept as is.
    /// - Throws: `FormProblem.tooManyFields` if there are more than `limit`.
    package static func decode(_ bytes: [UInt8], limit: Int) throws(FormProblem) -> [Field] {
        try fields(of: bytes, limit: limit)
    }

    static func fields<Bytes: BidirectionalCollection<UInt8>>(
        of bytes: Bytes, limit: Int
    ) throws(FormProblem) -> [Field] {
        var fields: [Field] = []
        var rest = bytes[...]
        while let start = rest.firstIndex(where: { $0 != separator }) {
            guard fields.count < limit else { throw FormProblem.tooManyFields }
            let end = rest[start...].firstIndex(of: separator) ?? rest.endIndex
            let pair = rest[start..<end]
            let middle = pair.firstIndex(of: UInt8(ascii: "=")) ?? end
            let value = pair[middle...].dropFirst()
            fields.append((text(pair[..<middle], trims: false), text(value, trims: true)))
            rest = rest[end...]
        }
        return fields
    }

    private static func text(_ bytes: some BidirectionalCollection<UInt8>, trims: Bool) -> String {
        if let text = FieldText.unescape(bytes, plusIsBlank: true, trims: trims) { return text }
        let spaced = bytes.map { $0 == UInt8(ascii: "+") ? UInt8(ascii: " ") : $0 }
        return String(decoding: trims ? FieldText.trim(spaced) : spaced[...], as: UTF8.self)
    }

    private static let separator = UInt8(ascii: "&")

    /// Counts the fields of a body as it arrives.
    package struct Counter: Sendable {
        private let limit: Int
        private var count = 0
        private var isInField = false

        /// - Parameter limit: The most fields accepted.
        package init(limit: Int) { self.limit = limit }

        /// Counts the fields in the next bytes.
        /// - Throws: `FormProblem.tooManyFields` once there are more than allowed.
        package mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(FormProblem) {
            for byte in bytes where (byte != separator) != isInField {
                isInField.toggle()
                if isInField { count += 1 }
                guard count <= limit else { throw FormProblem.tooManyFields }
            }
        }
    }
}
