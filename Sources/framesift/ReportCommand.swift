import ArgumentParser
import Foundation
import Moderation
import Pipeline
import Reports

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Print saved results in other formats: one result, an index of several, or the differences of two.",
        discussion: """
            One result: in any format of check --format. With --video FILE, pictures are taken from that file.
            Several: an index as html, csv, json or text, with links to A.html next to A.json. With --diff: the
            differences of two results of one video, in the same formats.
            """)

    @Argument(help: "Results saved with check --format json.")
    var results: [String]

    @Flag(help: "Compare two results of the same video.")
    var diff = false

    @OptionGroup var report: ReportArguments

    @OptionGroup var sandbox: SandboxArguments

    func validate() throws {
        if diff, results.count != 2 { throw ValidationError("--diff needs two results.") }
        if report.formats.contains(.thumbnails), report.video == nil {
            throw ValidationError("A saved result has no pictures: --format thumbnails needs --video FILE.")
        }
        let isTable = results.count > 1
        if isTable, let other = report.formats.first(where: { ![.html, .csv, .json, .text].contains($0) }) {
            throw ValidationError(
                "The formats for several results are html, csv, json and text, not \(other.rawValue).")
        }
    }

    func run() async throws {
        try sandbox.apply(isExposed: false)
        let output = try report.open()
        let saved = try results.map { ($0, try ModerationResult.read($0)) }
        let chosen = output.singleFormat(terminal: .text, elsewhere: .text)
        if saved.count == 1, let (_, result) = saved.first {
            try output.write(result, thumbnails: try await pictures(of: result), as: chosen)
        } else {
            try output.write(as: chosen) { format in try diff ? difference(saved, format) : index(saved, format) }
        }
    }

    /// Takes pictures from the video if it is a file here, and the one that was judged.
    private func pictures(of result: ModerationResult) async throws -> [Int: [UInt8]] {
        guard report.wantsPictures, let video = report.video else { return [:] }
        // The path may be relative to the page or to the current folder.
        let candidates = [URL(filePath: video, relativeTo: report.folder), URL(filePath: video)].map(\.path)
        guard let path = candidates.first(where: FileManager.default.isReadableFile) else {
            guard report.formats.contains(.thumbnails) else { return [:] }
            throw CommandError(.badInput, "\(video): the video cannot be read, and a saved result has no pictures.")
        }
        let places = result.frames.enumerated().compactMap { index, frame -> (Int, SavedPictures.Place)? in
            guard !frame.reused, let pts = frame.info.pts, let timeBase = frame.info.timeBase else { return nil }
            let time = MediaTime(pts: pts, timeBase: timeBase)
            let isHit = frame.decision == .ko || frame.hits != nil
            return (index, .init(position: frame.info.position, time: time, isHit: isHit))
        }
        let saved = SavedPictures(
            Dictionary(uniqueKeysWithValues: places), interval: result.frameInterval, mode: result.sampling.mode)
        let pictures = try await saved.take(from: path)
        if pictures.isEmpty, !places.isEmpty {
            printError("framesift: \(video): this is not the video that was judged; no pictures are taken from it.")
        }
        return pictures
    }

    private func index(_ saved: [(String, ModerationResult)], _ format: ReportFormat) throws -> String {
        let index = ResultIndex(saved)
        return switch format {
        case .html: try index.html(pages: pages(saved.map(\.0)))
        case .csv: index.csv()
        case .json: try index.json()
        default: index.text()
        }
    }

    /// The pages next to results, relative to the folder of the index.
    private func pages(_ results: [String]) -> [String: String] {
        let folder = report.folder.standardizedFileURL.pathComponents
        let pages = results.compactMap { result -> (String, String)? in
            let page = URL(filePath: result).deletingPathExtension().appendingPathExtension("html").standardizedFileURL
            guard FileManager.default.fileExists(atPath: page.path) else { return nil }
            let shared = zip(folder, page.pathComponents).prefix { $0 == $1 }.count
            let steps = Array(repeating: "..", count: folder.count - shared) + page.pathComponents.dropFirst(shared)
            let address = steps.joined(separator: "/").addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
            // Without "./", a colon in the path would end a URL scheme.
            return address.map { (result, "./" + $0) }
        }
        return Dictionary(pages) { first, _ in first }
    }

    private func difference(_ saved: [(String, ModerationResult)], _ format: ReportFormat) throws -> String {
        let diff = ResultDiff(saved[0].1, saved[1].1)
        return switch format {
        case .html: try diff.html(saved[0], saved[1])
        case .csv: diff.csv()
        case .json: try diff.json()
        default: diff.text()
        }
    }
}
