import Base
import Digests
import Foundation
import FrameSampling
import Moderation
import Pipeline
import Reports
import Runtime
import Synchronization

/// Many inputs, judged side by side, each with a result in one folder.
///
/// A result's name tells what it depends on, so what an earlier run has finished is not judged again.
public struct Batch: Sendable {
    /// A judged input.
    public struct Judged: Sendable {
        /// How its check ended.
        public var outcome: CheckOutcome
        /// What is written besides the JSON.
        public var files: [BatchFolder.File]

        /// See the properties of the same names.
        public init(_ outcome: CheckOutcome, files: [BatchFolder.File]) {
            (self.outcome, self.files) = (outcome, files)
        }
    }

    /// Judges an input.
    /// - Parameters:
    ///   - item: The input, with the caller's own ids.
    ///   - input: What to judge.
    ///   - name: Of the result's files, without an extension.
    ///   - stop: Ends the check early.
    ///   - progress: Called after each picture, from any thread.
    /// - Throws: What the check throws.
    public typealias Judging =
        @Sendable (
            _ item: BatchItem, _ input: VideoInput, _ name: String, _ stop: StopSignal,
            _ progress: @escaping @Sendable (RunProgress) -> Void
        ) async throws -> Judged

    /// How a batch ended.
    public struct Outcome: Sendable {
        /// The inputs that ended, counted.
        public var tally = BatchTally()
        /// Why the judge ended the batch.
        public var stop: JudgeStop?
        /// Whether it was stopped from outside.
        public var wasInterrupted = false
        /// Why nothing more could be written.
        public var failure: (any Error)?

        /// The worst that happened.
        /// - Parameter failsOnKO: Whether a KO counts.
        public func ending(failsOnKO: Bool) -> BatchEnding {
            let endings = [
                tally.ending(failsOnKO: failsOnKO), stop.map { BatchEnding($0.kind) },
                wasInterrupted ? BatchEnding.interrupted : nil, failure == nil ? nil : .notWritten,
            ]
            return endings.compactMap { $0 }.max() ?? .finished
        }
    }

    /// Where results go.
    public let folder: BatchFolder
    /// What results depend on besides their input.
    public let key: ResultKey
    /// How many inputs are judged at once.
    public let jobs: Int
    /// Whether to judge again what is finished.
    public let isRepeated: Bool
    /// The suffixes of the files that belong to a result besides its JSON.
    public let suffixes: [String]
    /// Judges an input.
    public let judge: Judging

    /// See the properties of the same names.
    public init(
        folder: BatchFolder, key: ResultKey, jobs: Int, isRepeated: Bool, suffixes: [String], judge: @escaping Judging
    ) {
        (self.folder, self.key, self.jobs) = (folder, key, jobs)
        (self.isRepeated, self.suffixes, self.judge) = (isRepeated, suffixes, judge)
    }

    /// Judges all inputs, and writes results and the index.
    /// - Parameters:
    ///   - stop: Ends the batch early. Inputs that are being judged are given up, and are judged by the next run.
    ///   - meter: Counts what is done.
    public func run(_ inputs: BatchInputs, stop: StopSignal, meter: BatchMeter) async -> Outcome {
        await BatchRun(batch: self, inputs: inputs, stop: stop, meter: meter).run()
    }
}
