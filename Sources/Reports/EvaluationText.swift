import Foundation
import Moderation

extension EvaluationDocument {
    /// The evaluation for people, on a terminal. Ends in a newline.
    public func text() -> String {
        var lines = [headline, "  " + sentence]
        if let note { lines.append("  " + note) }
        let areas = (Self.area(rocArea), Self.area(averagePrecision))
        lines.append("  area under the ROC curve \(areas.0), average precision \(areas.1)")
        lines.append(Self.columns("threshold", "recall", "false positives", "precision"))
        lines += thresholds.map(line)
        lines += wishes.map { wish in
            let found = wish.row.map { "from \($0.thresholdText): \(Self.rates(of: $0))" } ?? "no threshold does"
            return "  \(wish.wished): \(found)"
        }
        lines += mistakes("false positives", falsePositives, mistakesAt.falsePositiveRate.count)
        let missed = mistakesAt.truePositiveRate
        lines += mistakes("false negatives", falseNegatives, missed.total - missed.count)
        lines += unjudged.map { "  not judged: " + TextReport.printable("\($0.name): \($0.error ?? "")") }
        lines += provider.warnings.map { "  " + TextReport.printable($0) }
        lines.append("  " + Self.caution)
        return lines.map { $0 + "\n" }.joined()
    }

    private func line(_ row: Row) -> String {
        Self.columns(
            row.thresholdText, row.truePositiveRate.words, row.falsePositiveRate.words, row.precision.words)
    }

    private static func columns(_ first: String, _ others: String...) -> String {
        func padded(_ text: String, _ width: Int) -> String {
            String(repeating: " ", count: max(0, width - text.count)) + text
        }
        return "  " + padded(first, 9) + others.map { padded($0, 24) }.joined()
    }

    private func mistakes(_ what: String, _ worst: [Example], _ count: Int) -> [String] {
        let head = "  at \(mistakesAt.thresholdText), \(what): \(count)" + (count > worst.count ? ", the worst:" : "")
        return [head] + worst.map { "    \(ReportPage.percent($0.score ?? 0))  \(TextReport.printable($0.place))" }
    }
}

// MARK: Words

extension EvaluationDocument {
    var headline: String {
        "\(task)\(task == category ? "" : " (\(category))"), judged by \(provider.name)"
    }

    var unjudged: [Example] { examples.filter { $0.score == nil } }

    var sentence: String {
        var words = "\(positives.judged) positive and \(negatives.judged) negative examples were judged"
        let missing = positives.unjudged + negatives.unjudged
        if missing > 0 {
            words +=
                "; \(missing) could not be judged (\(positives.unjudged) positive, "
                + "\(negatives.unjudged) negative) and are not counted"
        }
        return words + "."
    }

    /// What to keep in mind about results from a sample.
    static let caution = """
        In brackets: 95 % score intervals (Wilson). Precision depends on the share of positives among these examples. \
        A threshold chosen on some examples does worse on others: test it on new examples before relying on it.
        """

    static func area(_ area: Double?) -> String { area.map { String(format: "%.4f", $0) } ?? "–" }

    static func rates(of row: Row) -> String {
        "recall \(row.truePositiveRate.words), false positives \(row.falsePositiveRate.words), "
            + "precision \(row.precision.words)"
    }
}

extension EvaluationDocument.Rate {
    /// `12.3 % (10.1–14.9)`.
    var words: String { RateWords.of(rate, low, high) }
}

extension EvaluationDocument.Row {
    /// The threshold as it can be typed into a policy.
    var thresholdText: String { RateWords.threshold(threshold) }
}

extension EvaluationDocument.Wish {
    var wished: String {
        let share = String(format: "%g %%", rate * 100)
        return switch kind {
        case .maxFalsePositives: "false positives at most \(share)"
        case .minRecall: "recall at least \(share)"
        }
    }
}

extension EvaluationDocument.Example {
    /// The file and, for a video, the position in it.
    var place: String { name + (position.map { " at \(ReportPage.clock($0))" } ?? "") }
}
