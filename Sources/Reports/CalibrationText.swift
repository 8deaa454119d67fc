import Foundation
import Moderation

extension CalibrationDocument {
    /// The decisions for people, on a terminal. Ends in a newline.
    public func text() -> String {
        let width = max(8, categories.map { TextReport.printable($0.category).count }.max() ?? 0)
        func columns(_ name: String, _ others: String...) -> String {
            let first = name + String(repeating: " ", count: max(0, width - name.count))
            return "  " + first
                + zip(others, [11, 11, 24, 24]).map { String(repeating: " ", count: max(1, $1 - $0.count)) + $0 }
                .joined()
        }
        var lines = [sentence, columns("category", "decisions", "threshold", "precision", "recall")]
        lines += categories.map { category in
            columns(
                TextReport.printable(category.category), "\(category.decisions)", category.current.thresholdText,
                category.current.precision.words, category.current.recall.words)
        }
        lines += categories.filter { $0.unjudged > 0 }.map {
            "  \(TextReport.printable($0.category)): in \($0.unjudged) cases it was not judged, though it is there"
        }
        if let wished {
            lines.append("  \(wished):")
            lines += categories.flatMap { category in
                let words = category.proposalWords
                return ["    \(TextReport.printable(category.category)): \(words.first ?? "")"]
                    + words.dropFirst().map { "      " + $0 }
            }
        }
        lines.append("  " + Self.caution)
        return lines.map { $0 + "\n" }.joined()
    }
}

// MARK: Words

extension CalibrationDocument {
    var sentence: String {
        let refused = refusedLines > 0 ? "; \(refusedLines) lines made no sense and are not counted" : ""
        return "\(decisions) human decisions\(refused)."
    }

    var wished: String? { wishedPrecision.map { String(format: "for a precision of %g %%", $0 * 100) } }

    /// What to keep in mind about the numbers.
    static let caution = """
        In brackets: 95 % score intervals (Wilson), for weighted cases with their effective number. They take cases for \
        independent; cases of one video are not. A proposed threshold is chosen from one half of the decisions, by case id, \
        and measured on the other.
        """
}

extension CalibrationDocument.Category {
    /// The proposal, or why there is none. One line or more.
    var proposalWords: [String] {
        guard let proposal else { return [refusal ?? ""] }
        let rates = proposal.heldOut
        func words(_ change: CalibrationDocument.Change, _ what: String) -> String? {
            guard change.right + change.wrong > 0 else { return nil }
            let all = Self.number(change.rightWeight + change.wrongWeight)
            return "\(all) \(what): \(Self.number(change.rightWeight)) rightly, "
                + "\(Self.number(change.wrongWeight)) wrongly"
        }
        return [
            "from \(rates.thresholdText): precision \(rates.precision.words), recall \(rates.recall.words)",
            proposal.isBelowWish ? "That is less than wished: by luck, the other half looked better." : nil,
            words(proposal.koToOk, "KO would become OK"), words(proposal.okToKo, "OK would become KO"),
        ].compactMap { $0 }
    }

    /// A number of cases, which weights may make a fraction.
    private static func number(_ weight: Double) -> String {
        weight.rounded() == weight ? String(format: "%.0f", weight) : String(format: "%.1f", weight)
    }
}

extension CalibrationDocument.Rate {
    /// `12.3 % (10.1–14.9)`.
    var words: String { RateWords.of(rate, low, high) }
}

extension CalibrationDocument.Row {
    var thresholdText: String { RateWords.threshold(threshold) }
}
