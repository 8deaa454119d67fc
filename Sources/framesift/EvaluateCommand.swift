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
        abstract: "Measure a judge on your own labeled pictures and videos.",
        discussion: """
            Prints rates with 95 % intervals at each threshold, ROC and precision-recall curves, and the thresholds \
            that keep given rates; with --format html also the worst mistakes, blurred. A video scores as its highest \
            picture.
            """)

    @Argument(help: "A folder with the folders positive and negative. Their subfolders count as well.")
    var folder: String?

    @Option(
        help: """
            Instead of a folder: a file with a path, a comma and a label (positive, negative, 1 or 0) on each line. \
            Paths are relative to the file's folder.
            """)
    var csv: String?

    @Option(help: "What the positives show: one task of PicPurify or Sightengine, or a category.")
    var task: String

    @Option(help: "The category of the task to measure. Default: its first.")
    var category: String?

    @Option(help: "Find the threshold at which at most this share (0 to 1) of negatives are hits.")
    var maxFalsePositives = 0.01

    @Option(help: "Find the threshold at which at least this share (0 to 1) of positives are hits.")
    var minRecall = 0.9

    @Option(help: "The probability from which on a score is a hit. It defines the mistakes.")
    var threshold = Policy().threshold

    @Option(help: "Seconds between samples of a video, 0.001 to 86400.")
    var frameInterval = 1.0

    @OptionGroup var judging: JudgeArguments

    @OptionGroup var sandbox: SandboxArguments

    @OptionGroup var known: KnownArguments

    @Option(help: "Files judged at once. Default: as many as the judge takes pictures.")
    var concurrency: Int?

    @OptionGroup var report: ReportArguments

    @Flag(help: "Show no progress.")
    var quiet = false

    func validate() throws {
        guard (folder == nil) != (csv == nil) else {
            throw ValidationError("Give a folder of examples, or a table with --csv.")
        }
        let isOneTask = !task.contains(",") && task.trimmingCharacters(in: .whitespaces) != TaskVocabulary.everything
        guard isOneTask else { throw ValidationError("Give one task to measure: --task NAME.") }
        for (value, name) in [
            (maxFalsePositives, "--max-false-positives"), (minRecall, "--min-recall"), (threshold, "--threshold"),
        ] where !(0...1).contains(value) {
            throw ValidationError("\(name) has to be a number from 0 to 1.")
        }
        try checkSeconds(frameInterval, within: SamplingArguments.intervals, "--frame-interval")
        try checkNumber(concurrency, within: 1...64, "--concurrency")
        if judging.mode == .native { throw ValidationError("evaluate needs --mode frames.") }
        if report.video != nil { throw ValidationError("--video is only for the report of one video.") }
        if let other = report.formats.first(where: { ![.html, .json, .text].contains($0) }) {
            throw ValidationError("The formats of an evaluation are html, json and text, not \(other.rawValue).")
        }
    }

    func run() async throws {
        try sandbox.apply(isExposed: false)
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
        let stop = StopSignal.whenInterrupted()
        let bar = ProgressBar(quiet: quiet)
        let result = await run.run(files, stop: stop) { done, failed in
            bar.show("\(done) of \(files.count) files" + (failed > 0 ? ", \(failed) not judged" : ""))
        }
        bar.clear()
        return result
    }

    /// The category that gives the score.
    private func measured(of task: ModerationTask) throws -> ContentCategory? {
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
