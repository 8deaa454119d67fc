import Digests
import Foundation
import FrameSampling
import Moderation
import Pipeline
import Reports
import Runtime
import Synchronization

/// One run of a batch.
final class BatchRun: Sendable {
    /// A check that is running.
    private struct Running {
        let signal: StopSignal
        /// `nil`: about to begin.
        var task: Task<Batch.Judged, any Error>?
    }

    private struct State {
        var outcome = Batch.Outcome()
        /// The checks that are running, by the number of the input.
        var running: [Int: Running] = [:]
        /// Names of results that are being made, and who waits for them.
        var claimed: [String: [CheckedContinuation<Void, Never>]] = [:]
    }

    private let batch: Batch
    private let inputs: BatchInputs
    private let stop: StopSignal
    private let meter: BatchMeter
    private let clock: TimeSource
    private let disk: BlockingThreads
    private let state = Mutex(State())

    init(batch: Batch, inputs: BatchInputs, stop: StopSignal, meter: BatchMeter, clock: TimeSource = .system) {
        (self.batch, self.inputs, self.stop, self.meter, self.clock) = (batch, inputs, stop, meter, clock)
        disk = BlockingThreads(count: batch.jobs, name: "framesift batch")
    }

    deinit { disk.close() }

    func run() async -> Batch.Outcome {
        stop.whenStopped { [weak self] in self?.endRunning() }
        await withTaskGroup(of: Void.self) { group in
            var number = 0
            while !isOver, let item = await inputs.next(), !isOver {
                if number >= batch.jobs { await group.next() }
                group.addTask { [number] in await self.judge(item, number) }
                number += 1
            }
        }
        var outcome = state.withLock { $0.outcome }
        outcome.wasInterrupted = stop.isStopped
        do {
            try await disk.run { [batch, outcome] in try batch.folder.finish(outcome.tally) }
        } catch {
            outcome.failure = outcome.failure ?? error
        }
        return outcome
    }

    /// Whether no further input is begun.
    private var isOver: Bool {
        stop.isStopped || state.withLock { $0.outcome.stop != nil || $0.outcome.failure != nil }
    }

    /// Checks end with the answers that they are waiting for, because those may be paid for; but not later than in a second.
    private func endRunning() {
        inputs.stop()
        for running in running { running.signal.stop() }
        Task { [weak self, clock] in
            try? await clock.sleep(.seconds(1))
            for running in self?.running ?? [] { running.task?.cancel() }
        }
    }

    private var running: [Running] { state.withLock { Array($0.running.values) } }

    // MARK: One input

    private func judge(_ item: BatchItem, _ number: Int) async {
        do {
            switch item.source {
            case .problem(let reason): try await end(item, number, .failed, reason)
            case .input(let input): try await judge(item, input, number)
            }
        } catch {
            state.withLock { $0.outcome.failure = $0.outcome.failure ?? error }
            endRunning()
        }
    }

    /// - Throws: `BatchFolder.WriteError`.
    private func judge(_ item: BatchItem, _ input: VideoInput, _ number: Int) async throws {
        let name: String
        let version = await disk.run { FileVersion(of: input) }
        do {
            name = try await disk.run { [self] in try self.name(of: item, input) }
        } catch {
            if isOver { return }
            return try await end(item, number, .failed, "\(error)")
        }
        await claim(name)
        defer { release(name) }
        if !batch.isRepeated, let saved = await saved(name, input) {
            return try await end(item, number, .skipped, saved.note, ResultIndex.Row(name + ".json", saved))
        }
        guard let signal = begin(number) else { return }
        defer { state.withLock { $0.running[number] = nil } }
        do {
            let task = Task { [batch, meter] in
                try await batch.judge(item, input, name, signal) { meter.note($0, of: number) }
            }
            state.withLock { $0.running[number]?.task = task }
            let judged = try await task.value
            guard await disk.run({ FileVersion(of: input) == version }) else {
                return try await end(item, number, .failed, "\(input.name): it changed while it was judged.")
            }
            // What is partial may be so because it was ended.
            if signal.isStopped, judged.outcome.stop == nil, judged.outcome.result.status != .success { return }
            try await keep(judged, item, number, name)
        } catch let error as BatchFolder.WriteError {
            throw error
        } catch let stop as JudgeStop {
            try await end(item, number, .failed, stop.description)
            give(up: stop)
        } catch let error as FrameSamplingError {
            if error.code == .cancelled, signal.isStopped { return }
            let isMedia = await !isNotMedia(item, input, error)
            try await end(item, number, isMedia ? .failed : .notMedia, error.description)
        } catch {
            if signal.isStopped { return }
            try await end(item, number, .failed, "\(error)")
        }
    }

    /// Writes a result, unless the judge has stopped.
    private func keep(_ judged: Batch.Judged, _ item: BatchItem, _ number: Int, _ name: String) async throws {
        let result = judged.outcome.result
        if let stop = judged.outcome.stop {
            try await end(item, number, .failed, stop.description)
            return give(up: stop)
        }
        try await disk.run { [folder = batch.folder] in try folder.write(result, judged.files, name: name) }
        try await end(item, number, .finished, result.note, ResultIndex.Row(name + ".json", result))
    }

    private func end(
        _ item: BatchItem, _ number: Int, _ state: BatchEntry.State, _ error: String?, _ row: ResultIndex.Row? = nil
    ) async throws {
        let entry = BatchEntry(
            input: item.name, referenceId: item.referenceID, originId: item.originID, state: state, error: error,
            row: row)
        try await disk.run { [folder = batch.folder] in try folder.append(entry) }
        self.state.withLock { $0.outcome.tally.add(entry) }
        meter.end(number, isFailed: state == .failed, wasJudged: state == .finished)
    }

    /// Ends the batch, since the judge will not judge anything any more.
    private func give(up stop: JudgeStop) {
        state.withLock { $0.outcome.stop = $0.outcome.stop ?? stop }
        endRunning()
    }

    /// - Returns: What ends the check of an input; `nil` if it is not to begin any more.
    private func begin(_ number: Int) -> StopSignal? {
        let signal = StopSignal()
        state.withLock { $0.running[number] = Running(signal: signal) }
        // Only now, so that a stop meanwhile is not missed.
        guard isOver else { return signal }
        state.withLock { $0.running[number] = nil }
        return nil
    }

    // MARK: Results that are there

    /// The result of an earlier run, or of an equal input of this one.
    private func saved(_ name: String, _ input: VideoInput) async -> ModerationResult? {
        let isFile: Bool = if case .path = input { true } else { false }
        return await disk.run { [batch] in
            batch.folder.result(name, with: batch.suffixes).flatMap { $0.isFinal(isFile: isFile) ? $0 : nil }
        }
    }

    private struct Unreadable: Error, CustomStringConvertible {
        let description: String
    }

    /// The name of an input's result. Blocks.
    private func name(of item: BatchItem, _ input: VideoInput) throws -> String {
        let content: ResultKey.Content
        switch input {
        case .address(let address): content = .address(address)
        case .signed(let object): content = .address("\(object.name) \(item.version ?? "")")
        case .standardInput: throw Unreadable(description: "Standard input cannot be part of a batch.")
        case .path(let path):
            var status = stat()
            guard stat(path, &status) == 0, access(path, R_OK) == 0 else {
                throw Unreadable(description: "\(path): \(String(cString: strerror(errno))).")
            }
            guard status.st_mode & S_IFMT == S_IFREG else { throw Unreadable(description: "\(path): this is no file.") }
            do {
                content = .file(digest: try Digest(.sha256, ofFile: path) { isOver }.hexadecimal)
            } catch {
                throw Unreadable(description: "\(path): it cannot be read to its end.")
            }
        }
        let key = batch.key
        return ResultName.of(input.name, fingerprint: Digest(.sha256, of: key.material(content)).hexadecimal)
    }

    private func isNotMedia(_ item: BatchItem, _ input: VideoInput, _ error: FrameSamplingError) async -> Bool {
        guard item.isFound, case .path(let path) = input else { return false }
        return await disk.run {
            let file = FileHandle(forReadingAtPath: path)
            let beginning = (try? file?.read(upToCount: MediaSignature.length)).flatMap { $0 } ?? Data()
            return MediaSignature.isNotMedia(error.code, beginning: Array(beginning))
        }
    }

    // MARK: Equal inputs side by side

    /// Returns once nobody else makes the result of this name.
    private func claim(_ name: String) async {
        while true {
            let isFree = state.withLock { state in
                guard state.claimed[name] == nil else { return false }
                state.claimed[name] = []
                return true
            }
            if isFree { return }
            await withCheckedContinuation { continuation in
                let isFree = state.withLock { state in
                    guard state.claimed[name] != nil else { return true }
                    state.claimed[name]?.append(continuation)
                    return false
                }
                if isFree { continuation.resume() }
            }
        }
    }

    private func release(_ name: String) {
        let waiting = state.withLock { $0.claimed.removeValue(forKey: name) ?? [] }
        for continuation in waiting { continuation.resume() }
    }
}

/// Tells whether a file was written to.
private struct FileVersion: Equatable {
    private let device, number: UInt64
    private let size, seconds, nanoseconds: Int64

    /// `nil` for what is no file. Blocks.
    init?(of input: VideoInput) {
        var status = stat()
        guard case .path(let path) = input, stat(path, &status) == 0 else { return nil }
        (device, number, size) = (UInt64(status.st_dev), UInt64(status.st_ino), Int64(status.st_size))
        (seconds, nanoseconds) = (Int64(status.st_mtim.tv_sec), Int64(status.st_mtim.tv_nsec))
    }
}
