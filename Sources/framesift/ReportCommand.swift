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
            guard let data = FileManager.default.contents(atPath: result) else {
                printError("framesift: \(result): the file cannot be read.")
                throw ExitCode.badInput
            }
            let document: ResultDocument
            do {
                document = try ResultDocument(json: data)
            } catch {
                printError("framesift: \(result): this is not a result of framesift check.")
                throw ExitCode.badInput
            }
            try output.write(document, as: output.singleFormat(terminal: .text, elsewhere: .text))
        } catch {
            throw explain(error)
        }
    }
}
