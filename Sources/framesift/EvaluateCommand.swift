import ArgumentParser
import Foundation
import FrameSampling
import Moderation
import Pipeline
import Reports
import Wire

struct EvaluateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Measure a judge on your own pictures and videos, of which you know what they show.",
        discussion: """
            Rates with 95 % intervals at each threshold, the ROC and precision-recall curves, the threshold for a wished rate, \
            and with --format html the worst mistakes, veiled. A video scores as its highest picture does.
            """)

    @Argument(help: "A folder that holds the folders positive and negative; their subfolders count too.")
    var folder: String?

    @Option(
        help: """
            Instead of a folder: a file with a path, a comma and a label (positive, negative, 1, 0) a line; paths as seen from \
            its folder.
            """)
    var csv: String?

    @Option(help: "What the positives show: one task of PicPurify's or Sightengine's, or a category.")
    var task: String

    @Option(help: "Which of the task's categories is measured; its first unless given.")
    var category: String?

    @Option(help: "The highest share (0 to 1) of negatives taken for positive that the first wished threshold allows.")
    var maxFalsePositives = 0.01

    @Option(help: "The share (0 to 1) of positives found that the second wished threshold asks for.")
    var minRecall = 0.9

    @Option(help: "From which probability on a score is a hit, for what is listed as a mistake.")
    var threshold = Policy().threshold

    @Option(help: "Seconds between samples of a video, 0.001 to 86400.")
    var frameInterval = 1.0

    @OptionGroup var judging: JudgeArguments

    @OptionGroup var known: KnownArguments

    @Option(help: "Files judged at once; as many as the judge can pictures unless given.")
    var concurrency: Int?

    @OptionGroup var report: ReportArguments

    @Flag(help: "No progress.")
    var quiet = false

    func validate() throws {
        guard (folder == nil) != (csv == nil) else {
            throw ValidationError("Name a folder of examples, or a table with --csv.")
        }
        let isOneTask = !task.contains(",") && task.trimmingCharacters(in: .whitespaces) != TaskVocabulary.everything
        guard isOneTask else { throw ValidationError("One task is measured at a time: --task NAME.") }
        for (value, name) in [
            (maxFalsePositives, "--max-false-positives"), (minRecall, "--min-recall"), (threshold, "--threshold"),
        ] where !(0...1).contains(value) {
            throw ValidationError("\(name) is a number from 0 to 1.")
        }
        try checkSeconds(frameInterval, within: SamplingArguments.intervals, "--frame-interval")
        if let concurrency, !(1...64).contains(concurrency) {
            throw ValidationError("--concurrency is a whole number from 1 to 64.")
        }
        if judging.mode == .native { throw ValidationError("Examples are judged picture by picture: --mode frames.") }
        if report.video != nil { throw ValidationError("--video is for the report of one video.") }
        if let other = report.formats.first(where: { ![.html, .json, .text].contains($0) }) {
            throw ValidationError("An evaluation becomes html, json or text, not \(other.rawValue).")
        }
    }

    func run() async throws {
        do {
            let files = try examples()
            let output = try report.open()
            let result = try await evaluate(files)
            let document = EvaluationDocument(result, maxFalsePositives: maxFalsePositives, minRecall: minRecall)
            let chosen = output.singleFormat(terminal: .text, elsewhere: .json)
            try output.write(as: chosen) { format in
                switch format {
                case .html: try document.html()
                case .json: try document.json()
                default: document.text()
                }
            }
            if let note = document.note, chosen != .text { printError("framesift: \(note)") }
            try end(with: result)
        } catch let problem as LabelledFiles.Problem {
            printError("framesift: \(problem)")
            throw ExitCode.badInput
        } catch {
            throw explain(error)
        }
    }

    private func examples() throws -> [LabelledFile] {
        if let csv { return try LabelledFiles.listed(in: csv) }
        return try LabelledFiles.under(folder ?? "")
    }

    private func evaluate(_ files: [LabelledFile]) async throws -> EvaluationResult {
        let (judge, tasks) = try await judging.make(
            task: task, concurrency: concurrency, known: known, policy: Policy())
        guard let asked = tasks.first, let category = try measured(of: asked) else {
            throw TaskError.none(known: TaskVocabulary.ofServices.names)
        }
        var sampling = SamplingOptions()
        sampling.interval = .seconds(frameInterval)
        sampling.userAgent = Framesift.userAgent
        let run = EvaluationRun(
            judge: judge, task: asked, category: category, sampling: sampling, concurrency: concurrency,
            threshold: threshold, keepsPictures: report.wantsPictures)
        let stop = StopSignal()
        let interruption = Interruption(stop)
        let bar = ProgressBar(quiet: quiet)
        let result = await run.run(files, stop: stop) { done, failed in
            bar.show("\(done) of \(files.count) files" + (failed > 0 ? ", \(failed) not judged" : ""))
        }
        bar.clear()
        withExtendedLifetime(interruption) {}
        return result
    }

    /// The category whose scores count.
    private func measured(of task: ModerationTask) throws -> Moderation.Category? {
        guard let category else { return task.categories.first }
        guard let found = task.categories.first(where: { $0.rawValue == category }) else {
            let names = task.categories.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("\(task.name) has no category “\(category)”; it has \(names).")
        }
        return found
    }

    private func end(with result: EvaluationResult) throws {
        if result.wasInterrupted { throw ExitCode.interrupted }
        if let stop = result.stop { throw stop.exitCode }
        if result.examples.contains(where: { $0.score == nil }) { throw ExitCode.undetermined }
    }
}
