import Base
import Foundation
import Moderation
import Mustache

extension ResultDiff {
    /// Both timelines and their differences as a self-contained HTML page.
    /// - Parameters:
    ///   - first: The name of the first result's file, and the result.
    ///   - second: The same of the second result.
    /// - Throws: `MustacheTemplate.ParserError` if a built-in template is wrong.
    public func html(_ first: (String, ModerationResult), _ second: (String, ModerationResult)) throws -> String {
        let sides = [first, second].map { name, result -> [String: Any] in
            [
                "file": name, "decision": result.finalDecision.rawValue,
                "how": "\(result.provider.name), every \(String(format: "%g", result.frameInterval)) s",
                "chart": TimelineChart(result).svg(isAlone: false),
            ]
        }
        let rows = stretches.map { stretch -> [String: Any] in
            [
                "from": Timecode(milliseconds: stretch.start).short, "to": Timecode(milliseconds: stretch.end).short,
                "first": stretch.words(stretch.first, stretch.onlyFirst),
                "second": stretch.words(stretch.second, stretch.onlySecond),
            ]
        }
        let context: [String: Any] = [
            "style": ReportPage.style, "name": first.1.media.uri, "sides": sides, "rows": rows, "differ": !rows.isEmpty,
            "share": String(format: "%.1f s of %.1f s", Double(disagreement) / 1000, Double(duration) / 1000),
        ]
        return try ReportPage.render(PackageResources.diff_mustache, context)
    }
}

/// The parts that all pages share, including those of the server.
public enum ReportPage {
    /// The style sheet.
    public static var style: String { text(PackageResources.report_css) }

    /// The timeline as SVG without colors; `style` has them.
    public static func chart(_ result: ModerationResult) -> String { TimelineChart(result).svg(isAlone: false) }

    /// Milliseconds as `1:02:03.4`, without hours or fractions that are zero.
    public static func clock(_ milliseconds: Int) -> String { Timecode(milliseconds: milliseconds).short }

    /// A share (0…1) as `12.3 %`.
    public static func percent(_ share: Double) -> String { String(format: "%.1f %%", share * 100) }

    /// The script that shows and hides a blurred picture at a click.
    static var veil: String { text(PackageResources.veil_js) }

    /// A JPEG as a data URL.
    static func embedded(_ jpeg: [UInt8]) -> String {
        "data:image/jpeg;base64," + Data(jpeg).base64EncodedString()
    }

    static func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    static func render(_ template: [UInt8], _ context: [String: Any]) throws -> String {
        try MustacheTemplate(string: text(template)).render(context)
    }
}
