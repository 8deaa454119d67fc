/// The name of a result's files, without an extension.
public enum ResultName {
    /// The most characters of an input's name that are kept.
    static let maxLength = 80
    /// Digits of the fingerprint in a name.
    static let digits = 16

    /// - Parameters:
    ///   - input: The path or address of the input, without a query.
    ///   - fingerprint: Hexadecimal digits, at least 16.
    /// - Returns: The last part of the input, with `_` for what is not an ASCII letter, a digit, `.`, `-` or `_`, at most 80
    ///   characters; a hyphen; and 16 digits. It never begins with `.` or `-`.
    public static func of(_ input: String, fingerprint: String) -> String {
        let base = input.split(separator: "/").last.map(String.init) ?? ""
        var safe = String(base.prefix(maxLength).map { isSafe($0) ? $0 : "_" })
        if let first = safe.first, first == "." || first == "-" { safe = "_" + safe.dropFirst() }
        return "\(safe.isEmpty ? "input" : safe)-\(fingerprint.prefix(digits))"
    }

    private static func isSafe(_ character: Character) -> Bool {
        character.isASCII && (character.isLetter || character.isNumber || ".-_".contains(character))
    }
}
