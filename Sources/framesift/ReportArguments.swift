import ArgumentParser
import Foundation
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

    @Option(help: "With html: where the page finds the video, a path beside it or an address.")
    var video: String?

    func validate() throws {
        let names = format?.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
        for name in names where ReportFormat(rawValue: name) == nil {
            let known = ReportFormat.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("There is no format “\(name)”; there are \(known).")
        }
        if format != nil, names.isEmpty { throw ValidationError("--format names at least one format.") }
        if names.count > 1, output == nil { throw ValidationError("Several formats go to a folder: -o FOLDER.") }
    }

    /// As typed; empty when nothing was.
    var formats: [ReportFormat] {
        (format ?? "").split(separator: ",")
            .compactMap { ReportFormat(rawValue: $0.trimmingCharacters(in: .whitespaces)) }
    }

    /// Opens what will be written to, so that a bad path costs no work.
    func open() throws -> ReportOutput {
        let formats = formats
        guard formats.count > 1, let output else {
            return ReportOutput(single: try Output(path: output), format: formats.first, files: [], video: video)
        }
        do {
            try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        } catch {
            throw OutputError(description: "\(output): the folder cannot be made.")
        }
        let files = try formats.map { ($0, try Output(path: "\(output)/report.\($0.fileExtension)")) }
        return ReportOutput(single: nil, format: nil, files: files, video: video)
    }
}

/// Where a result goes, in one form or in several.
struct ReportOutput {
    fileprivate let single: Output?
    fileprivate let format: ReportFormat?
    fileprivate let files: [(ReportFormat, Output)]
    fileprivate let video: String?

    fileprivate init(single: Output?, format: ReportFormat?, files: [(ReportFormat, Output)], video: String?) {
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
    func write(_ result: ResultDocument, thumbnails: [Int: [UInt8]] = [:], as chosen: ReportFormat?) throws {
        let pictures = ReportPictures(thumbnails: thumbnails, video: video)
        if let single, let chosen { try single.write(chosen.render(result, pictures: pictures)) }
        for (format, file) in files { try file.write(format.render(result, pictures: pictures)) }
    }
}
