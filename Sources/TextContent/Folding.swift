import Foundation

/// Normalizes text for comparison: compatibility forms (such as full width) unified, accents removed, lowercase.
enum Folding {
    /// The number of characters searched in a text. Lines in pictures are shorter.
    static let maxLength = 1000

    /// Voicing marks of Japanese kana. Unlike accents, they make different words, so they are kept.
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
