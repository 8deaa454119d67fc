import ArgumentParser
import Foundation
import Reports

struct ReportCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report", abstract: "Print a saved result in another form.")

    @Argument(help: "A result saved with check --format json.")
    var result: String

    @OptionGroup var report: ReportArguments

    func run() async throws {
        do {
            if report.formats.contains(.thumbnails) {
                throw ValidationError("A saved result has no pictures: --format thumbnails belongs to framesift check.")
            }
            let output = try report.open()
            let document = try ResultDocument.read(result)
            try output.write(document, as: output.singleFormat(terminal: .text, elsewhere: .text))
        } catch {
            throw explain(error)
        }
    }
}
