import Base
import Foundation
import FrameSampling
import KnownContent
import Moderation
import Runtime

/// Hashes the pictures of an input as vPDQ does: `frame,quality,hash,seconds`, a line a picture.
public struct VideoHashes: Sendable {
    /// Which pictures.
    public enum Choice: Hashable, Sendable {
        /// One each int(seconds × pictures a second) pictures, as vPDQ chooses. More than 0.
        case every(seconds: Double)
        /// Each that is on screen for at least a quarter of what pictures are on average.
        case all
    }

    public var input: VideoInput
    public var choice: Choice
    public var sampling: SamplingOptions

    /// - Parameter sampling: Limits and deadlines; which pictures is what `choice` says.
    public init(input: VideoInput, choice: Choice, sampling: SamplingOptions) {
        self.input = input
        self.choice = choice
        self.sampling = sampling
    }

    /// Which frames positions stand for, and where they lie.
    private struct Grid {
        let interval: Duration
        let start: Duration
        /// Frames from one position to the next; `nil`: each new picture is the next frame.
        let step: Int?

        init(_ choice: Choice, _ header: MediaHeader) {
            // Whoever tells no rate gets what most have.
            let rate = header.frameRate ?? 25
            switch choice {
            case .all: (interval, start, step) = (.seconds(1 / (4 * rate)), .zero, nil)
            case .every(let seconds):
                let frames = max(1, Int(seconds * rate))
                // In the middle of each picture, so that rounding does not lead to the one before.
                (interval, step) = (.seconds(Double(frames) / rate), frames)
                start = header.isStill ? .zero : .seconds(1 / (2 * rate))
            }
        }
    }

    /// - Parameters:
    ///   - stop: Ends the run early.
    ///   - write: Called with each line, in order, without its end.
    /// Returns how many pictures were hashed, and how many could not be. Throws `FrameSamplingError` and what `write` throws.
    public func run(
        stop: StopSignal = StopSignal(), write: (String) throws -> Void
    ) async throws -> (hashed: Int, failed: Int) {
        let grid = Grid(choice, try await FrameSampler.open(input, options: sampling).header)
        var options = sampling
        (options.interval, options.start) = (grid.interval, grid.start)
        let sampler = try await FrameSampler.open(input, options: options)
        stop.whenStopped { sampler.cancel() }
        let threads = BlockingThreads(count: ProcessInfo.processInfo.activeProcessorCount, name: "framesift hash")
        defer { threads.close() }
        var lines = Lines(step: grid.step)
        try await hash(sampler, on: threads, stop) { index, frame in
            for line in lines.add(frame, at: index) { try write(line) }
        }
        return (lines.hashed, lines.failed)
    }

    private func hash(
        _ sampler: FrameSampler, on threads: BlockingThreads, _ stop: StopSignal,
        _ done: (Int, Lines.Frame) throws -> Void
    ) async throws {
        let most = ProcessInfo.processInfo.activeProcessorCount + 1
        try await withThrowingTaskGroup(of: (Int, Lines.Frame).self) { group in
            var running = 0
            do {
                while let sample = try await sampler.next() {
                    guard let picture = sample.picture, !sample.reused else {
                        try done(sample.index, sample.reused ? .reused : .failed)
                        continue
                    }
                    if running == most, let (index, frame) = try await group.next() {
                        try done(index, frame)
                        running -= 1
                    }
                    running += 1
                    group.addTask {
                        let transform = try await threads.run { try PictureTransform(picture) }
                        guard let transform else { return (sample.index, .failed) }
                        return (
                            sample.index, .hashed(transform.hash(), quality: transform.quality, time: sample.time)
                        )
                    }
                }
            } catch let error as FrameSamplingError where error.code == .cancelled && stop.isStopped {
                // What was hashed so far is kept.
            }
            for try await (index, frame) in group { try done(index, frame) }
        }
    }
}

/// Lines in order of position, from pictures in any order.
private struct Lines {
    enum Frame {
        case hashed(PDQHash, quality: Int, time: MediaTime)
        /// The picture of the position before.
        case reused
        case failed
    }

    private let step: Int?
    private var waiting: [Int: Frame] = [:]
    private var next = 0
    private var pictures = 0
    private var first: MediaTime?
    private(set) var hashed = 0, failed = 0

    init(step: Int?) { self.step = step }

    /// The lines that this one was the last missing for.
    mutating func add(_ frame: Frame, at index: Int) -> [String] {
        waiting[index] = frame
        var lines: [String] = []
        while let frame = waiting.removeValue(forKey: next) {
            if let line = line(frame, at: next) { lines.append(line) }
            next += 1
        }
        return lines
    }

    private mutating func line(_ frame: Frame, at index: Int) -> String? {
        switch frame {
        case .reused: return nil
        case .failed:
            failed += 1
            pictures += 1
            return nil
        case .hashed(let hash, let quality, let time):
            first = first ?? time
            hashed += 1
            pictures += 1
            let seconds = time.inSeconds - (first?.inSeconds ?? 0)
            return VPDQ.line(
                frame: step.map { $0 * index } ?? pictures - 1, quality: quality, hash: hash,
                milliseconds: max(0, Int((seconds * 1000).rounded())))
        }
    }
}

extension MediaTime {
    fileprivate var inSeconds: Double { Double(pts) * Double(timeBase.numerator) / Double(timeBase.denominator) }
}
