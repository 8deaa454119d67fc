import Base
import Foundation
import Moderation
import Mustache

/// A self-contained HTML page with a sortable row for each result. It is made piece by piece, so that it can be written
/// without ever being in memory as a whole.
public struct IndexPage: Sendable {
    private let row: MustacheTemplate
    /// What stands before and after the rows.
    public let opening, closing: String

    /// - Parameters:
    ///   - title: What is listed.
    ///   - summary: One sentence.
    /// - Throws: `MustacheTemplate.ParserError` if a built-in template is wrong.
    init(title: String, summary: String) throws {
        row = try MustacheTemplate(string: ReportPage.text(PackageResources.index_row_mustache))
        // No text of a page holds this.
        let mark = "\u{0}"
        let page = try ReportPage.render(
            PackageResources.index_mustache,
            [
                "style": ReportPage.style, "script": ReportPage.text(PackageResources.index_js), "title": title,
                "summary": summary, "rows": mark,
            ])
        let parts = page.split(separator: mark, maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        (opening, closing) = (parts[0], parts.dropFirst().joined())
    }

    /// The page of a batch.
    /// - Parameter states: How many inputs ended how, and the decisions on those with a result.
    /// - Throws: `MustacheTemplate.ParserError` if a built-in template is wrong.
    public init(states: [BatchEntry.State: Int], decisions: Tally) throws {
        let total = states.values.reduce(0, +)
        try self.init(
            title: total == 1 ? "1 input" : "\(total) inputs",
            summary: Self.sentence(states: states, decisions: decisions))
    }

    /// What became of the inputs of a batch.
    /// - Parameters:
    ///   - states: How many ended how.
    ///   - decisions: The decisions on those with a result.
    public static func sentence(states: [BatchEntry.State: Int], decisions: Tally) -> String {
        func count(_ state: BatchEntry.State) -> Int { states[state] ?? 0 }
        return """
            \(words(decisions)), \(count(.failed)) failed, \(count(.notMedia)) not media; \
            \(count(.skipped)) judged before.
            """
    }

    static func words(_ tally: Tally) -> String {
        "\(tally.ko) KO, \(tally.ok) OK, \(tally.undetermined) undetermined"
    }

    /// The row of an input of a batch.
    /// - Parameter page: The relative address of the result's own page; `nil` if it has none.
    public func row(_ entry: BatchEntry, page: String? = nil) -> String {
        var context = entry.row.map { Self.context($0, page: page) } ?? [:]
        context["uri"] = entry.input
        context["reference"] = entry.referenceId ?? ""
        context["state"] = entry.row == nil ? entry.state.rawValue.replacing("_", with: " ") : ""
        context["error"] = entry.error ?? ""
        return row.render(context)
    }

    func row(_ result: ResultIndex.Row, page: String?) -> String { row.render(Self.context(result, page: page)) }

    private static func context(_ row: ResultIndex.Row, page: String?) -> [String: Any] {
        var context: [String: Any] = [
            "result": row.result, "uri": row.uri, "reference": row.referenceId ?? "",
            "decision": row.finalDecision.rawValue, "ko": row.nbImagesKo, "images": String(row.nbImages),
            "segments": row.nbSegments, "category": row.worstCategory ?? "",
            "probability": row.worstProbability.map(ReportPage.percent) ?? "",
            "share": row.worstProbability ?? 0, "position": row.worstPosition ?? 0,
            "provider": row.provider, "duration": row.duration ?? 0,
        ]
        context["page"] = page
        context["at"] = row.worstPosition.map { Timecode(milliseconds: $0).short }
        context["length"] = row.duration.map { Timecode(milliseconds: $0).short }
        return context
    }
}

extension ResultIndex {
    /// The table as a self-contained HTML page with sortable columns.
    /// - Parameter pages: Relative addresses of results that have their own pages, by the results' names.
    /// - Throws: `MustacheTemplate.ParserError` if a built-in template is wrong.
    public func html(pages: [String: String] = [:]) throws -> String {
        var tally = Tally()
        for row in rows { tally.add(row.finalDecision) }
        let page = try IndexPage(title: "\(rows.count) results", summary: "\(IndexPage.words(tally)).")
        return page.opening + rows.map { page.row($0, page: pages[$0.result]) }.joined() + page.closing
    }
}
