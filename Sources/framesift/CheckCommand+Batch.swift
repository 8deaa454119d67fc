import ArgumentParser
import Batches
import Digests
import Foundation
import FrameSampling
import Moderation
import ObjectStorage
import Pipeline
import Reports

extension CheckCommand {
    /// Checks several inputs.
    func checkAll() async throws {
        let output = try requireBatchOptions()
        try sandbox.apply(isExposed: inputs.contains { VideoInput.isAddress($0) })
        let folder = try BatchFolder(output)
        let stop = StopSignal.whenInterrupted()
        let inputs = try batchInputs()
        var prepared = try await prepare()
        let processors = ProcessInfo.processInfo.activeProcessorCount
        let jobs = batch.jobs ?? min(64, processors)
        prepared.share(among: jobs, processors: processors)
        let bar = ProgressBar(quiet: quiet)
        let meter = BatchMeter { bar.show($0) }
        if bar.isShown { try count(into: meter, stop) }
        let batch = Batch(
            folder: folder, key: try key(prepared), jobs: jobs, isRepeated: batch.again, suffixes: suffixes,
            judge: judging(prepared))
        let outcome = await batch.run(inputs, stop: stop, meter: meter)
        bar.clear()
        if let stop = outcome.stop { printError("framesift: \(stop)") }
        if let failure = outcome.failure { printError("framesift: \(failure)") }
        if !quiet {
            let tally = outcome.tally
            let sentence = IndexPage.sentence(states: tally.states, decisions: tally.decisions)
            printError("framesift: \(sentence) Results and index.html are in \(output).")
        }
        let code = outcome.ending(failsOnKO: failOnKo).exitCode
        if code != .success { throw code }
    }

    /// - Returns: The folder of the results.
    private func requireBatchOptions() throws -> String {
        guard let output = report.output, output != "-" else {
            throw ValidationError("Several inputs, a folder or a list need a folder for their results: -o DIR.")
        }
        if referenceId != nil || originId != nil {
            throw ValidationError(
                "--reference-id and --origin-id are of one input; for several, give them in a list (--inputs-from).")
        }
        if report.video != nil { throw ValidationError("--video is only for the report of one video.") }
        if dryRun { throw ValidationError("--dry-run takes one file or address.") }
        if self.judging.mode == .native { throw ValidationError("Several inputs need --mode frames.") }
        if inputs.contains("-") { throw ValidationError("Standard input cannot be one of several inputs.") }
        return output
    }

    private func batchInputs() throws -> BatchInputs {
        try BatchInputs(
            inputs, list: batch.inputsFrom, excluding: report.output, storage: { try ObjectStorage.standard() })
    }

    /// Counts the inputs beside the batch, unless they can be read only once.
    private func count(into meter: BatchMeter, _ stop: StopSignal) throws {
        if let list = batch.inputsFrom, !VideoInput(list).canBeReadAgain { return }
        let inputs = try batchInputs()
        Task {
            var total = 0
            while !stop.isStopped, await inputs.next() != nil { total += 1 }
            meter.set(total: total)
        }
    }

    /// What follows the name of a result, of each format besides JSON.
    private var suffixes: [String] { otherFormats.map { "." + $0.fileExtension } }

    private var otherFormats: [ReportFormat] { report.formats.filter { $0 != .json } }

    private func key(_ prepared: PreparedCheck) throws -> ResultKey {
        let lists = try known.paths.map { path in
            do {
                return try Digest(.sha256, ofFile: path).hexadecimal
            } catch {
                throw CommandError(.usage, "\(path): the list cannot be read.")
            }
        }
        return try ResultKey(
            judge: prepared.judge.identity, longestSide: prepared.judge.longestSide, program: Framesift.version,
            request: prepared.request(), sampling: prepared.sampling, streams: "\(streams)", known: lists)
    }

    private func judging(_ prepared: PreparedCheck) -> Batch.Judging {
        let (formats, wantsPictures) = (otherFormats, report.wantsPictures)
        let sandboxesAddresses = sandbox.sandbox == nil
        return { item, input, name, stop, progress in
            var prepared = prepared
            if input.isAddress, sandboxesAddresses { prepared.sampling.sandbox = .on }
            let thumbnails = wantsPictures ? ThumbnailKeeper() : nil
            let outcome = try await prepared.run(
                input, referenceID: item.referenceID, originID: item.originID, keeping: thumbnails, stop: stop,
                progress: progress)
            if outcome.wasInterrupted || outcome.stop != nil { return Batch.Judged(outcome, files: []) }
            let files = try Self.files(of: outcome.result, thumbnails?.pictures ?? [:], in: formats, name: name)
            return Batch.Judged(outcome, files: files)
        }
    }

    private static func files(
        of result: ModerationResult, _ thumbnails: [Int: [UInt8]], in formats: [ReportFormat], name: String
    ) throws -> [BatchFolder.File] {
        var pictures = ReportPictures(thumbnails: thumbnails)
        var files: [BatchFolder.File] = []
        if formats.contains(.thumbnails), let sprite = try ThumbnailSprite(thumbnails) {
            let suffix = ".thumbnails.jpg"
            files.append(.init(suffix: suffix, content: Data(sprite.jpeg)))
            pictures.sprite = .init(sprite, file: name + suffix)
        }
        return try files
            + formats.map { format in
                let text = try format.render(result, pictures: pictures)
                return .init(suffix: "." + format.fileExtension, content: Data(text.utf8))
            }
    }
}

extension PreparedCheck {
    /// Divides what one input would use by itself, so that several at once use no more.
    fileprivate mutating func share(among jobs: Int, processors: Int) {
        sampling.threads = max(1, processors / jobs)
        concurrency = max(1, ((concurrency ?? judge.concurrency) + jobs - 1) / jobs)
    }
}
