import Base
import Foundation
import Moderation
import Wire

/// Pictures and a video to show with a result.
public struct ReportPictures: Hashable, Sendable {
    /// Small JPEGs, by the index of their frame.
    public var thumbnails: [Int: [UInt8]]
    /// The path or address of the video for the page; `nil` to show no video.
    public var video: String?
    /// All thumbnails in one picture.
    public var sprite: Sprite?

    /// A picture that contains all thumbnails.
    public struct Sprite: Hashable, Sendable {
        /// The file's name for the WebVTT track.
        public var file: String
        /// The thumbnails' places, by the index of their frame.
        public var tiles: [Int: Tile]

        /// A rectangle in the sprite.
        public struct Tile: Hashable, Sendable {
            /// In pixels, from the top left.
            public var x, y, width, height: Int

            /// Creates a tile from its values.
            public init(x: Int, y: Int, width: Int, height: Int) {
                (self.x, self.y, self.width, self.height) = (x, y, width, height)
            }
        }

        /// Creates a sprite from its values.
        public init(file: String, tiles: [Int: Tile]) {
            self.file = file
            self.tiles = tiles
        }
    }

    /// Creates it from its values. By default nothing is shown.
    public init(thumbnails: [Int: [UInt8]] = [:], video: String? = nil, sprite: Sprite? = nil) {
        self.thumbnails = thumbnails
        self.video = video
        self.sprite = sprite
    }
}

/// A result as a self-contained HTML page: the decision and its reasons, the timeline, segments and numbers. Names of
/// files and services are escaped.
enum HTMLReport {
    /// The data for the page's script.
    private struct PageData: Encodable {
        var end: Double
        var positions: [Int]
        var decisions: [String]
        var reused: [Bool]
        var scores: [String: [Double?]]
        /// What each frame shows and whether it was confirmed.
        var hits: [String?]
        var errors: [String?]
        /// Base64 by frame index, without the pictures in the tables.
        var pictures: [String: String]
        /// What was found in each frame with a picture, by frame index.
        var outlines: [String: [Outline]]
        /// Starts of the segments, in ms.
        var starts: [Int]
    }

    static func render(_ result: ModerationResult, _ pictures: ReportPictures) throws -> String {
        try ReportPage.render(PackageResources.report_mustache, context(result, pictures))
    }

    private static func context(_ result: ModerationResult, _ pictures: ReportPictures) throws -> [String: Any] {
        let frames = Dictionary(result.frames.enumerated().map { (Place($1.info), $0) }) { first, _ in first }
        let segments = result.segments.enumerated().map { segment($1, $0, frames, pictures, of: result) }
        let dismissed = (result.dismissed ?? []).enumerated().map { segment($1, $0, frames, pictures, of: result) }
        let inTables = Set((segments + dismissed).compactMap { $0["frame"] as? Int })
        let outlines = outlines(result, pictures)
        var context: [String: Any] = [
            "decision": result.finalDecision.rawValue, "name": result.media.uri, "sentence": sentence(result),
            "style": ReportPage.style, "script": ReportPage.veil + ReportPage.text(PackageResources.report_js),
            "chart": TimelineChart(result).svg(isAlone: false), "lastSample": max(0, result.frames.count - 1),
            "hasSegments": !segments.isEmpty, "segments": segments, "categories": categories(result),
            "hasDismissed": !dismissed.isEmpty, "dismissed": dismissed, "looksAgain": result.confirmation != nil,
            "facts": facts(result), "hasOutlines": !outlines.isEmpty,
            "data": try data(result, pictures.thumbnails.filter { !inTables.contains($0.key) }, outlines),
        ]
        let notes = [result.note, result.unseenStreams].compactMap { $0 } + result.provider.warnings
        context["note"] = notes.isEmpty ? nil : notes.joined(separator: " ")
        context["video"] = pictures.video
        return context
    }

    // MARK: Words

    private static func sentence(_ result: ModerationResult) -> String {
        let counts = "\(result.nbImages) pictures, one every \(number(result.frameInterval)) s"
        switch result.finalDecision {
        case .ko:
            let named = result.rejectCriteria.joined(separator: ", ")
            return "\(result.nbImagesKo) of \(counts), show \(named.isEmpty ? "what the policy rejects" : named)."
        case .ok: return "None of \(result.taskCall) was found in \(counts)."
        case .undetermined where result.nbImagesUndetermined == 0:
            return "Nothing was found in \(counts), but not all of the input was seen; the rest may show anything."
        case .undetermined:
            return "\(result.nbImagesUndetermined) of \(counts), could not be judged; they may show anything."
        }
    }

    /// Identifies a frame.
    private struct Place: Hashable {
        let position: Int
        let stream: Int?

        init(_ info: ModerationResult.Frame.Info) { (position, stream) = (info.position, info.stream) }

        init(peakOf segment: Segment) {
            (position, stream) = (segment.peak.position, segment.stream)
        }
    }

    /// - Parameters:
    ///   - frames: Indices of frames.
    ///   - words: The segment's stream, if there are several, and the text read in it.
    private static func segment(
        _ segment: Segment, _ index: Int, _ frames: [Place: Int], _ pictures: ReportPictures,
        of result: ModerationResult
    ) -> [String: Any] {
        let category = result.place(segment.category.rawValue, segment.stream)
        var context: [String: Any] = [
            "number": index, "category": category, "start": segment.start, "from": clock(segment.start),
            "to": clock(segment.end), "count": segment.count, "peak": percent(segment.peak.probability),
            "peakAt": clock(segment.peak.position),
        ]
        context["standing"] = segment.standing?.rawValue
        context["read"] = result.textRead(in: segment)
        if let frame = frames[Place(peakOf: segment)], let jpeg = pictures.thumbnails[frame] {
            context["frame"] = frame
            context["picture"] = ReportPage.embedded(jpeg)
        }
        return context
    }

    private static func categories(_ result: ModerationResult) -> [[String: Any]] {
        result.categories.sorted { $0.key < $1.key }.map { name, summary in
            [
                "name": name, "max": percent(summary.max), "at": clock(summary.positionOfMax),
                "mean": percent(summary.mean),
                "threshold": percent(result.policy.thresholds[name] ?? result.policy.threshold),
            ]
        }
    }

    private static func facts(_ result: ModerationResult) -> [[String: String]] {
        let media = result.media
        let length = media.duration.map { clock($0) } ?? "not measured"
        let cost = result.cost
        let facts = [
            (
                "pictures",
                "\(result.nbImagesOk) OK, \(result.nbImagesKo) KO, \(result.nbImagesUndetermined) undetermined"
            ),
            ("looked for", result.taskCall),
            ("judged by", "\(result.provider.name) \(result.provider.version)"),
            ("policy", policy(result.policy)),
            ("second look", secondLook(result)),
            ("sampled", "every \(number(result.frameInterval)) s, \(result.sampling.mode)"),
            ("video", media.codec.isEmpty ? "" : "\(media.codec) \(media.width)×\(media.height), \(length)"),
            ("video streams", streams(result)),
            ("reference", [media.referenceID, media.originID].compactMap { $0 }.joined(separator: ", ")),
            ("cost", "\(cost.requests) requests, \(cost.operations) operations, \(cost.bytesSent) bytes sent"),
        ]
        return facts.filter { !$0.1.isEmpty }.map { ["name": $0.0, "value": $0.1] }
    }

    /// Empty unless there are several.
    private static func streams(_ result: ModerationResult) -> String {
        guard let streams = result.media.streams, streams.count > 1 else { return "" }
        return streams.map { "\($0.words): \($0.lookedAt ? "judged" : "not judged")" }.joined(separator: "; ")
    }

    private static func policy(_ policy: ModerationResult.PolicySummary) -> String {
        var words = ["\(policy.decision)", "threshold \(number(policy.threshold))"]
        if let close = policy.closeThreshold { words.append("closing at \(number(close))") }
        if policy.gap > 0 { words.append("gaps up to \(number(policy.gap)) s") }
        if let least = policy.minDuration { words.append("at least \(number(least)) s") }
        if let confirm = policy.confirm {
            words.append("confirmed every \(number(confirm.interval)) s by \(percent(confirm.agree)) of the pictures")
        }
        return words.joined(separator: ", ")
    }

    private static func secondLook(_ result: ModerationResult) -> String {
        result.confirmation.map { seen in
            "\(seen.nbImages) additional pictures judged; \(seen.confirmed) hits confirmed, "
                + "\(seen.unconfirmed) unconfirmed, \(seen.refuted) refuted"
        } ?? ""
    }

    private static func clock(_ milliseconds: Int) -> String { Timecode(milliseconds: milliseconds).short }
    private static func percent(_ share: Double) -> String { ReportPage.percent(share) }
    private static func number(_ value: Double) -> String { String(format: "%g", value) }

    // MARK: The script's data

    private static func outlines(_ result: ModerationResult, _ pictures: ReportPictures) -> [String: [Outline]] {
        let found = result.frames.enumerated().compactMap { index, frame -> (String, [Outline])? in
            guard pictures.thumbnails[index] != nil, let details = frame.details else { return nil }
            let outlines = Outline.all(of: details)
            return outlines.isEmpty ? nil : (String(index), outlines)
        }
        return Dictionary(uniqueKeysWithValues: found)
    }

    /// JSON without characters that could end a script element.
    private static func data(
        _ result: ModerationResult, _ thumbnails: [Int: [UInt8]], _ outlines: [String: [Outline]]
    ) throws -> String {
        let frames = result.frames
        let scores = result.categories.keys.map { category in
            (category, frames.map { $0.scores[category]?.rounded(decimals: 3) })
        }
        let page = PageData(
            end: max(Double(result.end), 1), positions: frames.map(\.info.position),
            decisions: frames.map(\.decision.rawValue), reused: frames.map(\.reused),
            scores: Dictionary(uniqueKeysWithValues: scores),
            hits: frames.map { frame in
                frame.hits?.map { "\($0.key) \($0.value.rawValue)" }.sorted().joined(separator: ", ")
            }, errors: frames.map(\.error),
            pictures: Dictionary(
                uniqueKeysWithValues: thumbnails.map { (String($0.key), Data($0.value).base64EncodedString()) }),
            outlines: outlines, starts: result.segments.map(\.start))
        let json = String(decoding: try WireJSON.encode(page), as: UTF8.self)
        return json.replacingOccurrences(of: "<", with: "\\u003c").replacingOccurrences(of: ">", with: "\\u003e")
            .replacingOccurrences(of: "&", with: "\\u0026")
    }
}
