import Foundation

/// Text as it is compared: full width like half width, without accents, lower case.
enum Folding {
    /// Characters of a text that are looked at, at most. A line in a picture has fewer.
    static let longest = 1000

    /// Marks of Japanese kana, which make other sounds, and so other words, of them.
    private static let kanaMarks: ClosedRange<UInt32> = 0x3099...0x309A

    static func fold(_ text: some StringProtocol) -> String {
        var kept = String.UnicodeScalarView()
        for scalar in text.decomposedStringWithCompatibilityMapping.unicodeScalars
        where scalar.properties.canonicalCombiningClass == .notReordered || kanaMarks.contains(scalar.value) {
            kept.append(scalar)
        }
        return String(kept).precomposedStringWithCanonicalMapping.lowercased()
    }
}
