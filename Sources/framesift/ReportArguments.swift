import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Reports

/// The formats of a report, and where to write it.
struct ReportArguments: ParsableArguments {
    @Option(
        help: """
            \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")). Several, separated by commas, need a \
            folder for -o.
            """)
    var format: String?

    @Option(
        name: .shortAndLong,
        help: "Write the report here; a folder for several formats or inputs. Default: standard output.")
    var output: String?

    @Option(
        help: """
            With html, the video for the page: a path relative to it, or an address. For a saved result, pictures are \
            taken from the video if it is a file here.
            """)
    var video: String?

    func validate() throws {
        for name in names where ReportFormat(rawValue: name) == nil {
            let known = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no format “\(name)”; the formats are \(known).")
        }
        if format != nil, names.isEmpty { throw ValidationError("--format needs at least one format.") }
        if names.contains(ReportFormat.thumbnails.rawValue), output == nil || output == "-" {
            throw ValidationError("The format thumbnails also writes a picture: give -o FILE.vtt or -o FOLDER.")
        }
        if names.count > 1, output == nil { throw ValidationError("Several formats need a folder: -o FOLDER.") }
    }

    /// Whether a format shows pictures.
    var wantsPictures: Bool { formats.contains(.html) || formats.contains(.thumbnails) }

    private var names: [String] {
        (format ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// The formats of `--format`.
    var formats: [ReportFormat] { names.compactMap(ReportFormat.init) }

    /// The folder that reports are written to; the current one for standard output.
    var folder: URL {
        guard let output, output != "-" else { return URL(filePath: ".") }
        return formats.count > 1 ? URL(filePath: output) : URL(filePath: output).deletingLastPathComponent()
    }

    /// Opens the files before any work, so that a bad path costs nothing.
    func open() throws -> ReportOutput {
        let formats = formats
        guard formats.count > 1, let output else {
            let sprite = formats.first == .thumbnails ? output.map(Self.spritePath) : nil
            return ReportOutput(
                single: try Output(path: output), format: formats.first, files: [], video: video, spritePath: sprite)
        }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw CommandError(.ioError, "\(output): the folder cannot be created.")
        }
        let files = try formats.map { ($0, try Output(path: "\(output)/report.\($0.fileExtension)")) }
        let sprite = formats.contains(.thumbnails) ? "\(output)/report.thumbnails.jpg" : nil
        return ReportOutput(single: nil, format: nil, files: files, video: video, spritePath: sprite)
    }

    /// The path of the picture that belongs to a track.
    private static func spritePath(_ track: String) -> String {
        URL(fileURLWithPath: track).deletingPathExtension().appendingPathExtension("jpg").path
    }
}

/// Where a result is written, in one format or several.
struct ReportOutput {
    fileprivate let single: Output?
    fileprivate let format: ReportFormat?
    fileprivate let files: [(ReportFormat, Output)]
    fileprivate let video: String?
    fileprivate let spritePath: String?

    /// The format for standard output or a single file; `nil` for several formats.
    /// - Parameters:
    ///   - terminal: The default on a terminal.
    ///   - elsewhere: The default elsewhere.
    func singleFormat(terminal: ReportFormat, elsewhere: ReportFormat) -> ReportFormat? {
        single.map { format ?? ($0.isTerminal ? terminal : elsewhere) }
    }

    /// - Parameter chosen: The result of `singleFormat`.
    func write(_ result: ModerationResult, thumbnails: [Int: [UInt8]] = [:], as chosen: ReportFormat?) throws {
        var pictures = ReportPictures(thumbnails: thumbnails, video: video)
        if let spritePath, let sprite = try ThumbnailSprite(thumbnails) {
            try Output(path: spritePath).write(Data(sprite.jpeg))
            pictures.sprite = .init(sprite, file: URL(fileURLWithPath: spritePath).lastPathComponent)
        }
        try write(as: chosen) { try $0.render(result, pictures: pictures) }
    }

    /// - Parameter render: Returns the text in a format.
    func write(as chosen: ReportFormat?, _ render: (ReportFormat) throws -> String) throws {
        if let single, let chosen { try single.write(try render(chosen)) }
        for (format, file) in files { try file.write(try render(format)) }
    }
}

extension ReportPictures.Sprite {
    /// - Parameter file: The name of the file that the picture is written to.
    init(_ sprite: ThumbnailSprite, file: String) {
        self.init(
            file: file,
            tiles: sprite.tiles.mapValues { .init(x: $0.x, y: $0.y, width: $0.width, height: $0.height) })
    }
}
