import Foundation
import Moderation

extension EvaluationDocument {
    /// The evaluation as a self-contained HTML page: curves, thresholds, and the worst mistakes, blurred. Names of
    /// files are escaped.
    /// - Throws: `MustacheTemplate.ParserError` if a built-in template is wrong.
    public func html() throws -> String {
        let missed = mistakesAt.truePositiveRate
        let threshold = mistakesAt.thresholdText
        var context: [String: Any] = [
            "headline": headline, "sentence": sentence, "style": ReportPage.style, "script": ReportPage.veil,
            "roc": rocCurve.svg(), "precisionRecall": precisionRecallCurve.svg(), "rocArea": Self.area(rocArea),
            "averagePrecision": Self.area(averagePrecision), "wishes": wishes.map(context),
            "rows": thresholds.map(context), "caution": Self.caution,
            "mistakes": [
                context(
                    "false-positives", "False positives at \(threshold)", mistakesAt.falsePositiveRate.count,
                    Array(zip(falsePositives, falsePositivePictures))),
                context(
                    "false-negatives", "False negatives at \(threshold)", missed.total - missed.count,
                    Array(zip(falseNegatives, falseNegativePictures))),
            ],
            "hasUnjudged": !unjudged.isEmpty,
            "unjudged": unjudged.map { ["name": $0.name, "label": $0.label, "error": $0.error ?? ""] },
            "facts": facts,
        ]
        context["note"] = note
        return try ReportPage.render(PackageResources.evaluation_mustache, context)
    }

    private func context(_ row: Row) -> [String: Any] {
        let (found, imagined) = (row.truePositiveRate, row.falsePositiveRate)
        return [
            "threshold": row.thresholdText, "recall": found.words, "falsePositives": imagined.words,
            "precision": row.precision.words, "found": "\(found.count) of \(found.total)",
            "imagined": "\(imagined.count) of \(imagined.total)",
        ]
    }

    private func context(_ wish: Wish) -> [String: Any] {
        var context = wish.row.map(context) ?? ["threshold": "none"]
        context["wished"] = wish.wished
        return context
    }

    private func context(
        _ id: String, _ title: String, _ count: Int, _ worst: [(Example, [UInt8]?)]
    ) -> [String: Any] {
        let rest = count > worst.count ? ", the worst \(worst.count)" : ""
        return [
            "id": id, "title": "\(title): \(count)\(rest)", "hasWorst": !worst.isEmpty,
            "worst": worst.map { example, picture in
                var context: [String: Any] = [
                    "place": example.place, "score": ReportPage.percent(example.score ?? 0),
                ]
                context["picture"] = picture.map(ReportPage.embedded)
                return context
            },
        ]
    }

    private var facts: [[String: String]] {
        let interval = String(format: "%g", frameInterval)
        return [
            ("judged by", "\(provider.name) \(provider.version)"), ("scored by", category),
            ("score", "the probability; for a video, the highest of its pictures, one every \(interval) s"),
        ].map { ["name": $0.0, "value": $0.1] }
    }

    // MARK: Curves

    private var rocCurve: RateCurve {
        let points = curve.map { RateCurve.Point(x: $0.falsePositiveRate, y: $0.truePositiveRate) }
        return RateCurve(
            title: "Recall over the rate of false positives, at all thresholds; area \(Self.area(rocArea))",
            xName: "false positives", yName: "recall", points: curve.isEmpty ? [] : [.init(x: 0, y: 0)] + points,
            isStepped: false, hasDiagonal: true, marks: marks(\.falsePositiveRate, \.truePositiveRate))
    }

    /// Drawn as steps, which is how the average precision counts it.
    private var precisionRecallCurve: RateCurve {
        let points = curve.compactMap { point in
            point.precision.map { RateCurve.Point(x: point.truePositiveRate, y: $0) }
        }
        return RateCurve(
            title: "Precision over recall, at all thresholds; average precision \(Self.area(averagePrecision))",
            xName: "recall", yName: "precision", points: points.first.map { [.init(x: 0, y: $0.y)] + points } ?? [],
            isStepped: true, hasDiagonal: false, marks: marks(\.truePositiveRate, \.precision))
    }

    /// The points of the wished rates.
    private func marks(_ x: KeyPath<Row, Rate>, _ y: KeyPath<Row, Rate>) -> [RateCurve.Point] {
        guard !curve.isEmpty else { return [] }
        return wishes.compactMap(\.row).compactMap { row in
            guard let x = row[keyPath: x].rate, let y = row[keyPath: y].rate else { return nil }
            return RateCurve.Point(x: x, y: y)
        }
    }
}
