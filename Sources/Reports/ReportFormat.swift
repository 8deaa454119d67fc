import Foundation

/// The forms a result can be printed in.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// The whole result.
    case json
    /// A line a sample, then a line with the rest.
    case ndjson
    /// A row a sample.
    case csv
    /// PicPurify's answer to a video.
    case picpurify
    /// For people, on a terminal.
    case text

    /// The result in this form, ending in a newline.
    public func render(_ result: ResultDocument) throws -> String {
        switch self {
        case .json: try result.json()
        case .ndjson: try NDJSONReport.render(result)
        case .csv: CSVReport.render(result)
        case .picpurify: try PicPurifyVideoReport.render(result)
        case .text: TextReport.render(result)
        }
    }
}
