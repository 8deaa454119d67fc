import Foundation
import Moderation

/// The forms a result can be printed in.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// The whole result.
    case json
    /// A line a sample, then a line with the rest.
    case ndjson
    /// A row a sample.
    case csv
    /// A page with the timeline, for reviewers.
    case html
    /// The timeline alone, as a picture.
    case svg
    /// Segments as chapters.
    case vtt
    /// Thumbnails as a track over a sprite.
    case thumbnails
    /// Segments as cuts, for players that leave them out.
    case edl
    /// PicPurify's answer to a video.
    case picpurify
    /// Sightengine's.
    case sightengine
    /// For people, on a terminal.
    case text

    /// The result in this form, ending in a newline.
    /// - Parameter pictures: For `html`; for `thumbnails`, which without a sprite has no cues.
    public func render(_ result: ModerationResult, pictures: ReportPictures = ReportPictures()) throws -> String {
        switch self {
        case .json: try result.json()
        case .ndjson: try NDJSONReport.render(result)
        case .csv: CSVReport.render(result)
        case .html: try HTMLReport.render(result, pictures)
        case .svg: TimelineChart(result).svg(isAlone: true) + "\n"
        case .vtt: WebVTTReport.render(result)
        case .thumbnails: WebVTTReport.thumbnails(result, pictures.sprite ?? .init(file: "", tiles: [:]))
        case .edl: CutList.render(result)
        case .picpurify: try PicPurifyVideoReport.render(result)
        case .sightengine: try SightengineVideoReport.render(result)
        case .text: TextReport.render(result)
        }
    }

    /// What a file in this form ends in.
    public var fileExtension: String {
        switch self {
        case .picpurify: "picpurify.json"
        case .sightengine: "sightengine.json"
        case .text: "txt"
        case .thumbnails: "thumbnails.vtt"
        default: rawValue
        }
    }
}
