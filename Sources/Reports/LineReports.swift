import Foundation
import Moderation

/// NDJSON: a line `{"type":"frame",…}` for each sample in order of position, a line `{"type":"second_look",…}` for each
/// picture of a second look, and a line `{"type":"summary",…}` without the frames.
enum NDJSONReport {
    private struct Line<Body: Encodable>: Encodable {
        let type: String
        let body: Body

        enum CodingKeys: String, CodingKey { case type }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(type, forKey: .type)
            try body.encode(to: encoder)
        }
    }

    static func render(_ result: ModerationResult) throws -> String {
        let encoder = ModerationResult.encoder(pretty: false)
        var lines = try result.frames.map { try encoder.encode(Line(type: "frame", body: $0)) }
        for picture in result.confirmation?.frames ?? [] {
            lines.append(try encoder.encode(Line(type: "second_look", body: picture)))
        }
        var rest = result
        rest.frames = []
        rest.confirmation?.frames = []
        lines.append(try encoder.encode(Line(type: "summary", body: rest)))
        return lines.map { String(decoding: $0, as: UTF8.self) + "\n" }.joined()
    }
}

/// CSV as in RFC 4180, with CR LF: a row for each sample and a column for each category.
enum CSVReport {
    static func render(_ result: ModerationResult) -> String {
        let categories = Set(result.frames.flatMap(\.scores.keys)).sorted()
        var rows = [
            ["position", "pts", "time_base", "decision", "confidence", "hits", "reused", "error", "stream"] + categories
        ]
        for frame in result.frames {
            let info = frame.info
            rows.append(
                [
                    String(info.position), info.pts.map(String.init) ?? "", info.timeBase?.description ?? "",
                    frame.decision.rawValue, frame.confidence.map(number) ?? "", hits(frame),
                    String(frame.reused),
                    frame.error ?? "", info.stream.map(String.init) ?? "",
                ] + categories.map { frame.scores[$0].map(number) ?? "" })
        }
        return text(rows)
    }

    static func text(_ rows: [[String]]) -> String { rows.map { CSVRow.line($0) + "\r\n" }.joined() }

    /// `qr=confirmed weapon=refuted`.
    private static func hits(_ frame: ModerationResult.Frame) -> String {
        (frame.hits ?? [:]).map { "\($0.key)=\($0.value.rawValue)" }.sorted().joined(separator: " ")
    }

    static func number(_ value: Double) -> String { String(format: "%.6f", value) }
}

/// Rows of CSV, as in RFC 4180.
public enum CSVRow {
    /// A row without its end, which is CR LF.
    public static func line(_ fields: [String]) -> String { fields.map(field).joined(separator: ",") }

    /// Quotes a field if needed, and prefixes an apostrophe if a spreadsheet would take it for a formula.
    private static func field(_ text: String) -> String {
        let isFormula = text.first.map { "=+@\t\r".contains($0) } ?? false
        let text = isFormula ? "'" + text : text
        guard text.contains(where: { ",\"\r\n".contains($0) }) || text.contains("\r\n") else { return text }
        return "\"" + text.replacingOccurrences(of: "\"", with: "\"\"") + "\""
    }
}
