/// What recognised lines make of the categories of text.
extension TextLine {
    /// Whether a category of text is in it.
    public func shows(_ category: Category) -> Bool {
        switch category {
        case .textArtificial: origin == .artificial
        case .textNatural: origin == .natural
        case .textProfanity: !profanity.isEmpty
        case .textPersonal: !personal.isEmpty
        default: false
        }
    }

    /// The certainty of the surest line that shows a category, for each of those of text; 0 where none does.
    public static func probabilities(of lines: [TextLine]) -> [Category: Double] {
        let categories: [Category] = [.textArtificial, .textNatural, .textProfanity, .textPersonal]
        return Dictionary(
            uniqueKeysWithValues: categories.map { category in
                (category, lines.filter { $0.shows(category) }.map(\.confidence).max() ?? 0)
            })
    }
}
