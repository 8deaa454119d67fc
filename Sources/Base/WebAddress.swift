import Foundation

/// An absolute URL that somebody typed or sent.
package enum WebAddress {
    /// The longest one that is taken, in bytes.
    private static let maxLength = 8192

    /// Its parts.
    /// - Parameter schemes: In lower case. Default: http and https.
    /// - Returns: `nil` unless it has one of the schemes, a host, and neither blanks nor control characters.
    package static func components(_ text: String, schemes: Set<String> = ["http", "https"]) -> URLComponents? {
        guard text.utf8.count <= maxLength, !text.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else { return nil }
        guard let parts = URLComponents(string: text) ?? URLComponents(string: escapingNonASCII(text)),
            let scheme = parts.scheme?.lowercased(), schemes.contains(scheme), parts.host?.isEmpty == false
        else { return nil }
        return parts
    }

    /// Whether there are such parts.
    package static func isValid(_ text: String, schemes: Set<String> = ["http", "https"]) -> Bool {
        components(text, schemes: schemes) != nil
    }

    private static func escapingNonASCII(_ text: String) -> String {
        let ascii = CharacterSet(charactersIn: Unicode.Scalar(33)...Unicode.Scalar(126))
        return text.addingPercentEncoding(withAllowedCharacters: ascii) ?? text
    }
}
