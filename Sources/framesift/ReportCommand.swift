import ArgumentParser
import Foundation
import Reports

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Print saved results in another form: one, many as an index, or two side by side.",
        discussion: """
            One result: every form of check --format but thumbnails. Several: an index, as html, csv, json or text; where
            A.html lies beside A.json, it is linked. With --diff: where two results of one video disagree, in the same forms.
            """)

    @Argument(help: "Results saved with check --format json.")
    var results: [String]

    @Flag(help: "Compare two results of the same video.")
    var diff = false

    @OptionGroup var report: ReportArguments

    func validate() throws {
        if diff, results.count != 2 { throw ValidationError("--diff compares two results.") }
        if report.formats.contains(.thumbnails) {
            throw ValidationError("A saved result has no pictures: --format thumbnails belongs to framesift check.")
        }
        let isTable = results.count > 1
        if isTable, let other = report.formats.first(where: { ![.html, .csv, .json, .text].contains($0) }) {
            throw ValidationError("Several results become html, csv, json or text, not \(other.rawValue).")
        }
    }

    func run() async throws {
        do {
            let output = try report.open()
            let saved = try results.map { ($0, try ResultDocument.read($0)) }
            let chosen = output.singleFormat(terminal: .text, elsewhere: .text)
            if saved.count == 1, let (_, result) = saved.first {
                try output.write(result, as: chosen)
            } else {
                try output.write(as: chosen) { format in try diff ? difference(saved, format) : index(saved, format) }
            }
        } catch {
            throw explain(error)
        }
    }

    private func index(_ saved: [(String, ResultDocument)], _ format: ReportFormat) throws -> String {
        let index = ResultIndex(saved)
        return switch format {
        case .html: try index.html(pages: pages(saved.map(\.0)))
        case .csv: index.csv()
        case .json: try index.json()
        default: index.text()
        }
    }

    /// Pages that lie beside results, as seen from where the index is written.
    private func pages(_ results: [String]) -> [String: String] {
        let folder = report.folder.standardizedFileURL.pathComponents
        let pages = results.compactMap { result -> (String, String)? in
            let page = URL(filePath: result).deletingPathExtension().appendingPathExtension("html").standardizedFileURL
            guard FileManager.default.fileExists(atPath: page.path) else { return nil }
            let shared = zip(folder, page.pathComponents).prefix { $0 == $1 }.count
            let steps = Array(repeating: "..", count: folder.count - shared) + page.pathComponents.dropFirst(shared)
            let address = steps.joined(separator: "/").addingPercentEncoding(withAllowedCharacters: .urlPathAllowed)
            // What comes before a colon would be a scheme.
            return address.map { (result, "./" + $0) }
        }
        return Dictionary(pages) { first, _ in first }
    }

    private func difference(_ saved: [(String, ResultDocument)], _ format: ReportFormat) throws -> String {
        let diff = ResultDiff(saved[0].1, saved[1].1)
        return switch format {
        case .html: try diff.html(saved[0], saved[1])
        case .csv: diff.csv()
        case .json: try diff.json()
        default: diff.text()
        }
    }
}
