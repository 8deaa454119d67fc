import Foundation

/// `s3://bucket/key`: an object, or all objects whose keys begin alike. Pure: says nothing of whether there are any.
public struct ObjectAddress: Hashable, Sendable, CustomStringConvertible {
    /// The longest key, in bytes of UTF-8.
    public static let maxKeyLength = 1024

    /// Why a text is no address.
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// It does not begin with `s3://`.
        case scheme
        /// Not the name of a bucket.
        case bucket(String)
        /// The key has more than `maxKeyLength` bytes.
        case longKey
        /// The key has a NUL.
        case badKey

        /// A clause for people.
        public var description: String {
            switch self {
            case .scheme: "an address of an object is s3://BUCKET/KEY"
            case .bucket(let name):
                "\"\(name)\" is no name of a bucket: 3 to 63 lowercase letters, digits, dots and hyphens"
            case .longKey: "a key has at most \(ObjectAddress.maxKeyLength) bytes"
            case .badKey: "a key has no zero bytes"
            }
        }
    }

    /// 3 to 63 lowercase letters, digits, dots and hyphens.
    public let bucket: String
    /// Taken literally: nothing in it is escaped. Empty for the whole bucket.
    public let key: String

    /// Parses what a user typed. Everything after the bucket's slash is the key, be it `?`, `#`, `%` or blanks.
    /// - Throws: `Problem`.
    public init(_ text: String) throws(Problem) {
        let scheme = "s3://".utf8
        guard text.utf8.prefix(scheme.count).elementsEqual(scheme, by: { $0 == $1 || $0 | 0x20 == $1 }) else {
            throw .scheme
        }
        // By bytes: a slash with a combining mark behind it is another character, but still a slash to S3.
        let rest = text.utf8.dropFirst(scheme.count)
        let bucket = rest.prefix { $0 != UInt8(ascii: "/") }
        try self.init(
            bucket: String(decoding: bucket, as: UTF8.self),
            key: String(decoding: rest.dropFirst(bucket.count + 1), as: UTF8.self))
    }

    /// - Parameters:
    ///   - bucket: Its name.
    ///   - key: As S3 has it, not escaped. Empty for the whole bucket.
    /// - Throws: `Problem`.
    public init(bucket: String, key: String) throws(Problem) {
        guard Self.isBucket(bucket) else { throw .bucket(bucket) }
        guard key.utf8.count <= Self.maxKeyLength else { throw .longKey }
        guard !key.utf8.contains(0) else { throw .badKey }
        (self.bucket, self.key) = (bucket, key)
    }

    /// Whether a text is meant as one, good or bad.
    public static func isMeant(by text: String) -> Bool { text.lowercased().hasPrefix("s3://") }

    /// Whether it stands for all keys that begin with `key`: a whole bucket, or a key that ends with `/`.
    public var isPrefix: Bool { key.isEmpty || key.utf8.last == UInt8(ascii: "/") }

    /// Whether a key begins with this one, byte by byte.
    func covers(_ other: String) -> Bool { other.utf8.starts(with: key.utf8) }

    /// `s3://bucket/key`
    public var description: String { "s3://\(bucket)/\(key)" }

    /// By bytes: Swift holds texts equal that are different keys to S3.
    public static func == (one: ObjectAddress, other: ObjectAddress) -> Bool {
        one.bucket == other.bucket && one.key.utf8.elementsEqual(other.key.utf8)
    }

    /// By bytes.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(bucket)
        for byte in key.utf8 { hasher.combine(byte) }
    }

    private static func isBucket(_ name: String) -> Bool {
        let bytes = Array(name.utf8), dot = UInt8(ascii: ".")
        let isPlain = { (byte: UInt8) in
            (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte)
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        guard (3...63).contains(bytes.count), let first = bytes.first, let last = bytes.last,
            isPlain(first), isPlain(last),
            bytes.allSatisfy({ isPlain($0) || $0 == UInt8(ascii: "-") || $0 == dot }),
            !zip(bytes, bytes.dropFirst()).contains(where: { $0 == dot && $1 == dot })
        else { return false }
        // As a host it would be taken for a number.
        let parts = name.split(separator: ".")
        return !(parts.count == 4 && parts.allSatisfy { UInt8($0) != nil })
    }
}
