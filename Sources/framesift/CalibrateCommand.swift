import ArgumentParser
import Batches
import Foundation
import Moderation
import Pipeline
import Reports
import Wire

extension PolicyCommand {
    struct Calibrate: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Measure a policy's thresholds against human decisions, and find better ones.",
            discussion: """
                Prints precision and recall of each category, with 95 % intervals. With --precision, finds the lowest
                threshold that gives it, and says what it would have changed. Nothing is judged again.
                """)

        private static let formats: [ReportFormat] = [.text, .json, .html]

        @Argument(help: "Human decisions, an object of JSON on each line; - for standard input.")
        var decisions: String

        @Option(help: "The present policy: a YAML file, or YAML. Default: the default policy.")
        var policy: String?

        @Option(help: "Find the lowest threshold at which this share (0 to 1) of the hits is right.")
        var precision: Double?

        @Option(help: "Only this category. Can be repeated.")
        var category: [String] = []

        @Option(help: "\(formats.map(\.rawValue).joined(separator: ", ")). Default: text.")
        var format = ReportFormat.text.rawValue

        @Option(
            name: .shortAndLong,
            help: "Write the policy with the thresholds that were found to this file. Needs --precision.")
        var output: String?

        @Flag(help: "Write the policy even if the file exists.")
        var overwrite = false

        func validate() throws {
            if let precision, !(precision > 0 && precision <= 1) {
                throw ValidationError("--precision has to be a number above 0 and at most 1.")
            }
            guard Self.formats.map(\.rawValue).contains(format) else {
                let known = Self.formats.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("The formats of a calibration are \(known), not \(format).")
            }
            if output != nil, precision == nil { throw ValidationError("-o needs --precision.") }
        }

        func run() throws {
            let present = try policy.map { try NamedPolicy($0, vocabulary: .ofServices).policy } ?? Policy()
            if let output { try requireRoom(output) }
            let (calibration, refused) = try read(under: present)
            let asked = category.isEmpty ? nil : category.map(ContentCategory.init)
            let document = CalibrationDocument(calibration, refusedLines: refused, precision: precision, of: asked)
            let report =
                switch ReportFormat(rawValue: format) {
                case .json: try document.json()
                case .html: try document.html()
                default: document.text()
                }
            try Output(path: nil).write(report)
            if let output { try write(document, changing: present, to: output) }
            if refused > 0 { throw ExitCode.badInput }
        }

        // MARK: Decisions

        /// The most lines that are complained of one by one.
        private static let mostComplaints = 20

        private func read(under policy: Policy) throws -> (Calibration, refused: Int) {
            var calibration = Calibration(policy: policy)
            let lines = try LineReader(path: decisions, what: "file of decisions") { false }
            var number = 0
            var refused = 0
            while let line = lines.next() {
                number += 1
                guard let problem = Self.add(line, to: &calibration) else { continue }
                refused += 1
                guard refused <= Self.mostComplaints else { continue }
                printError("framesift: line \(number) of \(LineReader.name(of: decisions)): \(problem)")
            }
            if refused > Self.mostComplaints {
                printError("framesift: \(refused - Self.mostComplaints) more lines make no sense.")
            }
            return (calibration, refused)
        }

        /// - Returns: Why the line makes no sense.
        private static func add(_ line: LineReader.Line, to calibration: inout Calibration) -> String? {
            guard case .text(let bytes) = line else { return LineReader.tooLong }
            do {
                if let decision = try HumanDecision(line: bytes) { try calibration.add(decision) }
                return nil
            } catch {
                return "\(error)"
            }
        }

        // MARK: The new policy

        private func requireRoom(_ path: String) throws {
            guard !overwrite, FileManager.default.fileExists(atPath: path) else { return }
            throw CommandError(.ioError, "\(path): the file exists. --overwrite replaces it.")
        }

        private func write(_ document: CalibrationDocument, changing present: Policy, to path: String) throws {
            var policy = present
            var changed: [String] = []
            for category in document.categories {
                guard let proposal = category.proposal else { continue }
                let name = ContentCategory(rawValue: category.category)
                guard TaskVocabulary.ofServices.task(named: name.rawValue)?.categories == [name] else {
                    printError("framesift: a policy file has no name for the category “\(name)”; it is left out.")
                    continue
                }
                policy.thresholds[name] = proposal.threshold
                changed.append(name.rawValue)
            }
            guard !changed.isEmpty else {
                printError("framesift: no threshold is proposed, so \(path) was not written.")
                throw ExitCode.undetermined
            }
            let head =
                "# Thresholds of \(changed.joined(separator: ", ")): for a precision of \(precision ?? 0), "
                + "from \(document.decisions) human decisions.\n"
            do {
                try Data((head + policy.yaml).utf8).write(
                    to: URL(filePath: path), options: overwrite ? .atomic : .withoutOverwriting)
            } catch {
                throw CommandError(.ioError, "\(path): the policy could not be written.")
            }
            printError("framesift: \(path) has the present policy with \(changed.count) new thresholds.")
        }
    }
}
