extension TextLine {
    /// Returns whether the line shows one of the categories of text.
    public func shows(_ category: ContentCategory) -> Bool {
        switch category {
        case .textArtificial: origin == .artificial
        case .textNatural: origin == .natural
        case .textProfanity: !profanity.isEmpty
        case .textPersonal: !personal.isEmpty
        default: false
        }
    }

    /// Returns a probability for each category of text: the highest confidence of a line that shows it, or 0 if none does.
    public static func probabilities(of lines: [TextLine]) -> [ContentCategory: Double] {
        let categories: [ContentCategory] = [.textArtificial, .textNatural, .textProfanity, .textPersonal]
        return Dictionary(
            uniqueKeysWithValues: categories.map { category in
                (category, lines.filter { $0.shows(category) }.map(\.confidence).max() ?? 0)
            })
    }
}
