/// Listed Chinese and Japanese words, which are written without spaces between them.
struct UnspacedWords: Sendable {
    /// Folded → as listed.
    private let words: [String: String]
    /// Lengths of words in characters, longest first.
    private let lengths: [Int]

    init(_ words: [String: String]) {
        self.words = words
        lengths = Set(words.keys.map(\.count)).sorted(by: >)
    }

    private static let hiragana: ClosedRange<Character> = "\u{3041}"..."\u{309F}"
    private static let katakana: ClosedRange<Character> = "\u{30A1}"..."\u{30FF}"
    private static let han: ClosedRange<Character> = "\u{3400}"..."\u{9FFF}"
    private static let moreHan: ClosedRange<Character> = "\u{20000}"..."\u{323AF}"

    static func isWrittenUnspaced(_ character: Character) -> Bool {
        [hiragana, katakana, han, moreHan].contains { $0.contains(character) }
    }

    func find(in text: String) -> [String] {
        guard text.contains(where: Self.isWrittenUnspaced) else { return [] }
        let characters = Array(text)
        var found: [String] = []
        var index = 0
        while index < characters.count {
            let length = lengths.first { length in
                index + length <= characters.count
                    && words[String(characters[index..<index + length])] != nil
                    && Self.standsAlone(index..<index + length, in: characters)
            }
            if let length, let word = words[String(characters[index..<index + length])] { found.append(word) }
            index += length ?? 1
        }
        return found
    }

    /// Whether a word in kana is not part of a longer one: a kana of the same kind must not precede it, and katakana,
    /// which has no inflected endings, must not follow katakana.
    private static func standsAlone(_ range: Range<Int>, in characters: [Character]) -> Bool {
        func isKin(_ index: Int, _ other: Int, _ script: ClosedRange<Character>) -> Bool {
            characters.indices.contains(other) && script.contains(characters[index])
                && script.contains(characters[other])
        }
        let (first, last) = (range.lowerBound, range.upperBound - 1)
        return !isKin(first, first - 1, hiragana) && !isKin(first, first - 1, katakana)
            && !isKin(last, last + 1, katakana)
    }
}
