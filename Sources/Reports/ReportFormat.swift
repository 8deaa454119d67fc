import Moderation

/// The formats in which a result can be printed.
public enum ReportFormat: String, CaseIterable, Sendable {
    /// The whole result.
    case json
    /// A line for each sample, then a line for everything else.
    case ndjson
    /// A row for each sample.
    case csv
    /// A page with the timeline, for reviewers.
    case html
    /// The timeline as a picture.
    case svg
    /// Segments as chapters.
    case vtt
    /// Thumbnails as a WebVTT track.
    case thumbnails
    /// Segments as cuts, for players that skip them.
    case edl
    /// PicPurify's response for a video.
    case picpurify
    /// Sightengine's response for a video.
    case sightengine
    /// For people, on a terminal.
    case text

    /// Prints a result.
    /// - Parameter pictures: For `html`, and the sprite for `thumbnails`. Default none.
    /// - Returns: The text, ending in a newline.
    /// - Throws: `EncodingError`; for `html` also `MustacheTemplate.ParserError` if a built-in template is wrong.
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

    /// The file name extension, without a leading period.
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
