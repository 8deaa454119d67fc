import Base

/// Finds listed words in a line of text: whole words, as listed or disguised by digits in place of letters, repeated
/// letters, or separators between letters. Takes linear time.
public struct WordList: Sendable {
    /// Folded → as listed.
    private var words: [String: String] = [:]
    /// Entries of several words: first word, folded → all words, folded, and the entry as listed.
    private var phrases: [String: [(words: [String], listed: String)]] = [:]
    private var unspaced: UnspacedWords

    /// - Parameters:
    ///   - lists: Texts with one word or phrase per line. Lines that begin with `#` are comments.
    ///   - leftOut: Listed words to ignore.
    public init(_ lists: [String], leavingOut leftOut: some Sequence<String>) {
        let leftOut = Set(leftOut.map(Folding.fold))
        var unspaced: [String: String] = [:]
        for line in lists.flatMap({ $0.split(whereSeparator: \.isNewline) }) where !line.hasPrefix("#") {
            let listed = line.trimmed
            let folded = Folding.fold(listed)
            guard !folded.isEmpty, !leftOut.contains(folded) else { continue }
            let parts = folded.split(separator: " ").map(String.init)
            if parts.count > 1 {
                phrases[parts[0], default: []].append((parts, listed))
            } else if folded.count > 1, folded.contains(where: UnspacedWords.isWrittenUnspaced) {
                unspaced[folded] = unspaced[folded] ?? listed
            } else {
                words[folded] = words[folded] ?? listed
            }
        }
        self.unspaced = UnspacedWords(unspaced)
    }

    /// Returns the listed words in a text, each once and as listed. Only the first 1000 characters are searched.
    public func find(in text: String) -> [String] {
        let folded = Folding.fold(text.prefix(Folding.maxLength))
        let tokens = Self.tokens(of: folded)
        var found: [String] = []
        func add(_ word: String?) {
            if let word, !found.contains(word) { found.append(word) }
        }
        for token in tokens { add(word(token)) }
        for word in SetApart.words(in: folded) where word.count > 3 { add(words[word]) }
        for (index, token) in tokens.enumerated() {
            for phrase in phrases[token] ?? [] where tokens[index...].starts(with: phrase.words) { add(phrase.listed) }
        }
        for word in unspaced.find(in: folded) { add(word) }
        return found
    }

    // MARK: Tokens

    private static let separators = Set(",;:\"“”()[]{}<>/\\?、。・「」『』【】")
    private static let edges = Set(".!-_*'’")

    private static func tokens(of text: String) -> [String] {
        text.split { $0.isWhitespace || separators.contains($0) }.map { part in
            var part = part.drop(while: edges.contains)
            while let last = part.last, edges.contains(last) { part.removeLast() }
            return String(part)
        }.filter { !$0.isEmpty }
    }

    /// The listed word that a token stands for, if any.
    private func word(_ token: String) -> String? {
        if let word = words[token] { return word }
        let hasLetters = token.contains { ("a"..."z").contains($0) }
        if hasLetters, let word = words[Leet.letters(of: token)] { return word }
        guard token.count > 3 else { return nil }
        return words[Self.shortened(token, to: 1)] ?? words[Self.shortened(token, to: 2)]
    }

    /// Shortens each run of three or more equal letters to `count` letters.
    private static func shortened(_ token: String, to count: Int) -> String {
        var result = "", rest = Substring(token)
        while let first = rest.first {
            let run = rest.prefix { $0 == first }
            result += run.count > 2 ? run.prefix(count) : run
            rest = rest[run.endIndex...]
        }
        return result
    }
}

/// Replaces digits and symbols by the letters they look like.
enum Leet {
    private static let table: [Character: Character] = [
        "0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i", "|": "i", "+": "t",
    ]

    static func letters(of text: String) -> String { String(text.map { table[$0] ?? $0 }) }
}

/// Words with separators between their letters: `b.a.d`, `b a d`.
enum SetApart {
    private static let between = Set("._*-")

    private static func isLetter(_ character: Character) -> Bool {
        ("a"..."z").contains(character) || ("0"..."9").contains(character) || character == "@" || character == "$"
    }

    /// Returns all such words of at least four letters.
    static func words(in text: String) -> [String] {
        var words: [String] = []
        var word: [Character] = []
        func end() {
            if word.count > 3 { words.append(Leet.letters(of: String(word))) }
            word = []
        }
        let characters = Array(text)
        for (index, character) in characters.enumerated() {
            if isLetter(character) {
                let isAlone =
                    (index == 0 || !isLetter(characters[index - 1]))
                    && (index + 1 == characters.count || !isLetter(characters[index + 1]))
                if isAlone { word.append(character) } else { end() }
            } else if !between.contains(character) && !character.isWhitespace
                || index > 0 && !isLetter(characters[index - 1])
            {
                end()
            }
        }
        end()
        return words
    }
}
