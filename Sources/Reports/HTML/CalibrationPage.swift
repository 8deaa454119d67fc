import Foundation
import Moderation

extension CalibrationDocument {
    /// The decisions as a self-contained HTML page. Names are escaped.
    /// - Throws: `MustacheTemplate.ParserError` if a built-in template is wrong.
    public func html() throws -> String {
        try ReportPage.render(
            PackageResources.calibration_mustache,
            [
                "sentence": sentence, "style": ReportPage.style, "caution": Self.caution,
                "categories": try categories.map { try $0.html() }.joined(),
            ])
    }
}

extension CalibrationDocument.Category {
    /// One category as a `<section>` for a page with `ReportPage.style`: the rates at the present threshold, the proposed
    /// one, and precision over recall. Names are escaped.
    /// - Throws: `MustacheTemplate.ParserError` if a built-in template is wrong.
    public func html() throws -> String {
        var context: [String: Any] = [
            "category": category, "decisions": decisions, "present": present, "rows": rows,
        ]
        if unjudged > 0 { context["unjudged"] = unjudged }
        if present > 0 { context["curve"] = precisionRecall.svg() }
        if proposal != nil || refusal != nil {
            context["words"] =
                [(proposal == nil ? "" : "Proposed: ") + (proposalWords.first ?? "")]
                + proposalWords.dropFirst()
        }
        return try ReportPage.render(PackageResources.calibration_category_mustache, context)
    }

    private var rows: [[String: Any]] {
        let proposed = proposal.map { [("proposed, on the other half", $0.heldOut)] } ?? []
        return ([("present", current)] + proposed).map { what, row in
            [
                "what": what, "threshold": row.thresholdText, "precision": row.precision.words,
                "right": "\(row.precision.count) of \(row.precision.total)", "recall": row.recall.words,
                "found": "\(row.recall.count) of \(row.recall.total)",
            ]
        }
    }

    /// Drawn as steps, like that of an evaluation.
    private var precisionRecall: RateCurve {
        let points = curve.compactMap(Self.place)
        return RateCurve(
            title: "\(category): precision over recall, at all thresholds", xName: "recall", yName: "precision",
            points: points.first.map { [.init(x: 0, y: $0.y)] + points } ?? [], isStepped: true, hasDiagonal: false,
            marks: [current, proposedOnCurve].compactMap { $0.flatMap(Self.place) })
    }

    private static func place(_ row: CalibrationDocument.Row) -> RateCurve.Point? {
        guard let x = row.recall.rate, let y = row.precision.rate else { return nil }
        return RateCurve.Point(x: x, y: y)
    }
}
