import Base

/// URLs in the canonical form of Signature Version 4. Pure.
///
/// libcurl 7.88 signs path and query as they are in the URL, without bringing them into that form; later versions do, and
/// leave as it is what already has it.
enum ObjectURL {
    /// Escapes all but letters, digits, `-`, `.`, `_` and `~`, byte by byte, in uppercase digits.
    static func escaped(_ text: String, keepingSlashes: Bool = false) -> String {
        var result = ""
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"),
                UInt8(ascii: "~"):
                result.unicodeScalars.append(Unicode.Scalar(byte))
            case UInt8(ascii: "/") where keepingSlashes: result += "/"
            default: result += "%" + byte.hexadecimal.uppercased()
            }
        }
        return result
    }

    /// - Parameters:
    ///   - key: Empty for the bucket itself.
    ///   - query: In any order.
    static func make(
        _ settings: ObjectStorageSettings, bucket: String, key: String, query: [(name: String, value: String)] = []
    ) -> String {
        var url = settings.endpoint
        let scheme = url.hasPrefix("https://") ? "https://" : "http://"
        // No certificate is for the host that a bucket with dots would make.
        let isHost = settings.style == .virtual && !(scheme == "https://" && bucket.contains("."))
        url = isHost ? scheme + bucket + "." + url.dropFirst(scheme.count) : url + "/" + bucket
        if isHost || !key.isEmpty { url += "/" }
        url += escaped(key, keepingSlashes: true)
        let pairs = query.map { (escaped($0.name), escaped($0.value)) }.sorted { $0 < $1 }
        return pairs.isEmpty ? url : url + "?" + pairs.map { "\($0)=\($1)" }.joined(separator: "&")
    }
}
