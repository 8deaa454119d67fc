extension Sequence<UInt8> {
    /// Two lowercase digits per byte.
    package var hexadecimal: String { map { $0.hexadecimal }.joined() }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    /// Lowercase digits, padded with zeros to the full width of the type.
    package var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: Self.bitWidth / 4 - digits.count) + digits
    }
}
