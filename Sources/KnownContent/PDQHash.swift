import Base

/// A PDQ hash: 256 bits that hardly change when a picture is scaled, compressed or recolored.
public struct PDQHash: Hashable, Sendable {
    /// Most significant word first.
    let words: SIMD4<UInt64>

    /// The number of hexadecimal digits in a hash.
    public static let digits = 64
    /// The number of bits in a hash.
    public static let bits = 256

    init(words: SIMD4<UInt64>) { self.words = words }

    /// Parses 64 hexadecimal digits of either case. Returns `nil` for anything else.
    public init?(hexadecimal: some StringProtocol) {
        self.init(digits: Array(hexadecimal.utf8))
    }

    /// Parses 64 hexadecimal digits in ASCII. Returns `nil` for anything else.
    init?(digits: some Collection<UInt8>) {
        guard digits.count == Self.digits else { return nil }
        var words = SIMD4<UInt64>()
        var word: UInt64 = 0
        for (index, digit) in digits.enumerated() {
            guard let value = Self.value(of: digit) else { return nil }
            word = word << 4 | UInt64(value)
            // A vector's element costs more to change than a word, and lists have a million hashes.
            if index % 16 == 15 { words[index / 16] = word }
        }
        self.init(words: words)
    }

    /// The value of a hexadecimal digit in ASCII.
    static func value(of digit: UInt8) -> UInt8? {
        switch digit {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
        default: nil
        }
    }

    /// 64 lowercase digits, bit 255 first.
    public var hexadecimal: String {
        words.indices.map { words[$0].hexadecimal }.joined()
    }

    /// The number of bits that differ, 0…256. Up to 31 means the same picture; unrelated pictures differ in about 128.
    public func distance(to other: PDQHash) -> Int {
        Int((words ^ other.words).nonzeroBitCount.wrappedSum())
    }
}
