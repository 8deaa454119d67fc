import Base
import Foundation
import FrameSampling
import Moderation

/// Scores labeled files for one category, several at once. Keeps one number per file, and pictures only of the worst
/// mistakes.
public struct EvaluationRun: Sendable {
    /// Judges the pictures.
    public var judge: any ImageJudge
    /// The task to judge for.
    public var task: ModerationTask
    /// The category that gives the score; one of the task's.
    public var category: ContentCategory
    /// Which pictures of videos are judged, and limits.
    public var sampling: SamplingOptions
    /// The most files judged at once; `nil` for as many as the judge takes pictures.
    public var concurrency: Int?
    /// The score (0…1) from which on a file is a hit. It defines mistakes.
    public var threshold: Double
    /// Whether to keep pictures of the worst mistakes.
    public var keepsPictures: Bool

    /// - Parameters:
    ///   - category: One of the task's.
    ///   - concurrency: The most files judged at once. Default: as many as the judge takes pictures.
    ///   - threshold: 0…1.
    ///   - keepsPictures: Whether to keep pictures of the worst mistakes.
    public init(
        judge: any ImageJudge, task: ModerationTask, category: ContentCategory, sampling: SamplingOptions,
        concurrency: Int? = nil, threshold: Double, keepsPictures: Bool
    ) {
        self.judge = judge
        self.task = task
        self.category = category
        self.sampling = sampling
        self.concurrency = concurrency
        self.threshold = threshold
        self.keepsPictures = keepsPictures
    }

    /// Scores the files.
    /// - Parameters:
    ///   - files: The labeled files.
    ///   - stop: Ends the run early. Files being judged at that time are left out.
    ///   - progress: Called after each file with the numbers of files done and of those without a score.
    /// - Returns: The scores so far, even if the judge ended the run.
    public func run(
        _ files: [LabelledFile], stop: StopSignal = StopSignal(),
        progress: @escaping @Sendable (_ done: Int, _ failed: Int) -> Void = { _, _ in }
    ) async -> EvaluationResult {
        let work = Task { await score(files, progress) }
        stop.whenStopped { work.cancel() }
        let done = await withTaskCancellationHandler {
            await work.value
        } onCancel: {
            work.cancel()
        }
        let unseen = files.count - done.count
        return EvaluationResult(
            task: task, category: category, provider: judge.identity, frameInterval: sampling.interval.inSeconds,
            threshold: threshold, examples: done.examples, falsePositives: done.falsePositives.inOrder,
            falseNegatives: done.falseNegatives.inOrder, unseen: unseen, wasInterrupted: stop.isStopped && unseen > 0,
            stop: done.stop)
    }

    fileprivate enum Ending: Sendable {
        case scored(EvaluationResult.Example, picture: [UInt8]?)
        case interrupted
        case stopped(JudgeStop)
    }

    private func score(
        _ files: [LabelledFile], _ progress: @Sendable (Int, Int) -> Void
    ) async -> EvaluatedFiles {
        let sideBySide = max(1, min(concurrency ?? judge.concurrency, files.count))
        return await withTaskGroup(of: (Int, Ending).self) { group in
            var done = EvaluatedFiles(threshold: threshold)
            var next = 0
            func addOne() {
                guard next < files.count, !Task.isCancelled, done.stop == nil else { return }
                group.addTask { [index = next] in (index, await score(files[index], sideBySide)) }
                next += 1
            }
            for _ in 0..<sideBySide { addOne() }
            while let (index, ending) = await group.next() {
                done.note(index, ending)
                progress(done.count, done.failed)
                addOne()
            }
            return done
        }
    }

    private func score(_ file: LabelledFile, _ sideBySide: Int) async -> Ending {
        let peak = keepsPictures ? PeakPicture(judge, of: category) : nil
        var sampling = sampling
        // All files together decode on as many threads, and hold as many pictures, as one check would.
        sampling.threads = max(1, ProcessInfo.processInfo.activeProcessorCount / sideBySide)
        var check = Check(
            input: file.input, judge: peak ?? judge, request: ModerationRequest([task], interval: sampling.interval),
            sampling: sampling)
        check.concurrency = max(1, judge.concurrency / sideBySide)
        do {
            let outcome = try await check.run()
            if let reason = outcome.stop { return .stopped(reason) }
            let example = example(file, outcome)
            // An interrupted check says nothing about the file.
            return example.score == nil && Task.isCancelled ? .interrupted : .scored(example, picture: peak?.jpeg)
        } catch {
            return Task.isCancelled ? .interrupted : .scored(unjudged(file, "\(error)"), picture: nil)
        }
    }

    private func example(_ file: LabelledFile, _ outcome: CheckOutcome) -> EvaluationResult.Example {
        let samples = outcome.timeline.samples
        let missing = samples.filter { $0.judgement?.probabilities[category] == nil }
        guard missing.isEmpty, let summary = outcome.timeline.categories[category] else {
            let reason = missing.lazy.compactMap(\.failure).first ?? "\(category) was not judged"
            return unjudged(
                file, samples.count > 1 ? "\(missing.count) of \(samples.count) pictures: \(reason)" : reason)
        }
        guard outcome.timeline.isComplete else {
            return unjudged(file, outcome.result.note ?? "not all of it was seen")
        }
        return EvaluationResult.Example(
            name: file.name, isPositive: file.isPositive, score: summary.max,
            position: samples.count > 1 ? summary.positionOfMax : nil)
    }

    /// - Parameter reason: A prefix that names the input is dropped.
    private func unjudged(_ file: LabelledFile, _ reason: String) -> EvaluationResult.Example {
        let prefix = file.input.name + ": "
        return EvaluationResult.Example(
            name: file.name, isPositive: file.isPositive, score: nil,
            failure: reason.hasPrefix(prefix) ? String(reason.dropFirst(prefix.count)) : reason)
    }
}

/// Collects files, which end in any order.
private struct EvaluatedFiles {
    private let threshold: Double
    private var numbered: [(index: Int, example: EvaluationResult.Example)] = []
    private(set) var falsePositives = WorstMistakes(), falseNegatives = WorstMistakes()
    private(set) var failed = 0
    private(set) var stop: JudgeStop?

    init(threshold: Double) { self.threshold = threshold }

    var count: Int { numbered.count }
    var examples: [EvaluationResult.Example] { numbered.sorted { $0.index < $1.index }.map(\.example) }

    mutating func note(_ index: Int, _ ending: EvaluationRun.Ending) {
        switch ending {
        case .interrupted: break
        case .stopped(let reason): stop = stop ?? reason
        case .scored(let example, let picture):
            numbered.append((index, example))
            guard let score = example.score else {
                failed += 1
                return
            }
            let mistake = EvaluationResult.Mistake(example: example, picture: picture)
            if !example.isPositive, score >= threshold { falsePositives.add(mistake, index, by: score - threshold) }
            if example.isPositive, score < threshold { falseNegatives.add(mistake, index, by: threshold - score) }
        }
    }
}

/// Keeps the mistakes farthest from the threshold.
private struct WorstMistakes {
    private static let maxCount = 24
    private var kept: [(index: Int, distance: Double, mistake: EvaluationResult.Mistake)] = []

    var inOrder: [EvaluationResult.Mistake] { kept.map(\.mistake) }

    mutating func add(_ mistake: EvaluationResult.Mistake, _ index: Int, by distance: Double) {
        kept.append((index, distance, mistake))
        kept.sort { ($1.distance, $0.index) < ($0.distance, $1.index) }
        if kept.count > Self.maxCount { kept.removeLast() }
    }
}
