import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Reports

/// In which forms a result is printed, and where to.
struct ReportArguments: ParsableArguments {
    @Option(
        help: """
            \(ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")); several, separated by commas, with a folder \
            for -o.
            """)
    var format: String?

    @Option(name: .shortAndLong, help: "Write the report here instead of to standard output; a folder for several.")
    var output: String?

    @Option(
        help: """
            With html: where the page finds the video, a path beside it or an address. For a saved result pictures are taken \
            from it, if it is a file here.
            """)
    var video: String?

    func validate() throws {
        let names = format?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
        for name in names where ReportFormat(rawValue: name) == nil {
            let known = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no format “\(name)”; there are \(known).")
        }
        if format != nil, names.isEmpty { throw ValidationError("--format names at least one format.") }
        if names.contains(ReportFormat.thumbnails.rawValue), output == nil || output == "-" {
            throw ValidationError("The format thumbnails writes a picture beside its track: -o FILE.vtt, or -o FOLDER.")
        }
        if names.count > 1, output == nil { throw ValidationError("Several formats go to a folder: -o FOLDER.") }
    }

    /// One of them shows pictures.
    var wantsPictures: Bool { formats.contains(.html) || formats.contains(.thumbnails) }

    /// As typed; empty when nothing was.
    var formats: [ReportFormat] {
        (format ?? "").split(separator: ",")
            .compactMap { ReportFormat(rawValue: $0.trimmingCharacters(in: .whitespaces)) }
    }

    /// Where reports are written; the current folder when that is standard output.
    var folder: URL {
        guard let output, output != "-" else { return URL(filePath: ".") }
        return formats.count > 1 ? URL(filePath: output) : URL(filePath: output).deletingLastPathComponent()
    }

    /// Opens what will be written to, so that a bad path costs no work.
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
            throw OutputError(description: "\(output): the folder cannot be made.")
        }
        let files = try formats.map { ($0, try Output(path: "\(output)/report.\($0.fileExtension)")) }
        let sprite = formats.contains(.thumbnails) ? "\(output)/report.thumbnails.jpg" : nil
        return ReportOutput(single: nil, format: nil, files: files, video: video, spritePath: sprite)
    }

    /// Beside the track.
    private static func spritePath(_ track: String) -> String {
        URL(fileURLWithPath: track).deletingPathExtension().appendingPathExtension("jpg").path
    }
}

/// Where a result goes, in one form or in several.
struct ReportOutput {
    fileprivate let single: Output?
    fileprivate let format: ReportFormat?
    fileprivate let files: [(ReportFormat, Output)]
    fileprivate let video: String?
    fileprivate let spritePath: String?

    fileprivate init(
        single: Output?, format: ReportFormat?, files: [(ReportFormat, Output)], video: String?, spritePath: String?
    ) {
        self.spritePath = spritePath
        self.single = single
        self.format = format
        self.files = files
        self.video = video
    }

    /// The form on standard output or in the one file.
    /// - Parameters:
    ///   - terminal, elsewhere: Unless one was asked for.
    func singleFormat(terminal: ReportFormat, elsewhere: ReportFormat) -> ReportFormat? {
        single.map { format ?? ($0.isTerminal ? terminal : elsewhere) }
    }

    /// - Parameter chosen: As `singleFormat` says; `nil` with several.
    func write(_ result: ModerationResult, thumbnails: [Int: [UInt8]] = [:], as chosen: ReportFormat?) throws {
        var pictures = ReportPictures(thumbnails: thumbnails, video: video)
        if let spritePath, let sprite = try ThumbnailSprite(thumbnails) {
            try Output(path: spritePath).write(Data(sprite.jpeg))
            pictures.sprite = .init(
                file: URL(fileURLWithPath: spritePath).lastPathComponent,
                tiles: sprite.tiles.mapValues { .init(x: $0.x, y: $0.y, width: $0.width, height: $0.height) })
        }
        try write(as: chosen) { try $0.render(result, pictures: pictures) }
    }

    /// - Parameter render: The text in a form.
    func write(as chosen: ReportFormat?, _ render: (ReportFormat) throws -> String) throws {
        if let single, let chosen { try single.write(try render(chosen)) }
        for (format, file) in files { try file.write(try render(format)) }
    }
}
