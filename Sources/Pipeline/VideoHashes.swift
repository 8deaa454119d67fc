import FrameSampling
import KnownContent
import Moderation

/// Hashes the pictures of an input as vPDQ does. Each gives a line `frame,quality,hash,seconds`.
public struct VideoHashes: Sendable {
    /// Which pictures to hash.
    public enum Choice: Hashable, Sendable {
        /// One of every int(seconds × frame rate) pictures, as in vPDQ. `seconds` has to be above 0.
        case every(seconds: Double)
        /// Each picture that is on screen for at least a quarter of the average time.
        case all
    }

    /// The video or picture.
    public var input: VideoInput
    /// Which pictures to hash.
    public var choice: Choice
    /// Limits and deadlines.
    public var sampling: SamplingOptions

    /// - Parameter sampling: Limits and deadlines. `choice` overrides which pictures are sampled.
    public init(input: VideoInput, choice: Choice, sampling: SamplingOptions) {
        self.input = input
        self.choice = choice
        self.sampling = sampling
    }

    /// The positions to sample, and the frame numbers they stand for.
    private struct Grid {
        let interval: Duration
        let start: Duration
        /// Frames between positions; `nil` if each new picture is the next frame.
        let step: Int?

        init(_ choice: Choice, _ header: MediaHeader) {
            // The most common rate, if the input states none.
            let rate = header.frameRate ?? 25
            switch choice {
            case .all: (interval, start, step) = (.seconds(1 / (4 * rate)), .zero, nil)
            case .every(let seconds):
                let frames = max(1, Int(seconds * rate))
                // Positions lie in the middle of pictures, so that rounding does not select the one before.
                (interval, step) = (.seconds(Double(frames) / rate), frames)
                start = header.isStill ? .zero : .seconds(1 / (2 * rate))
            }
        }
    }

    /// Hashes the pictures.
    /// - Parameters:
    ///   - stop: Ends the run early.
    ///   - write: Called with each line in order, without a newline.
    /// - Returns: The numbers of pictures that were hashed, and that could not be hashed.
    /// - Throws: `FrameSamplingError`, or what `write` throws.
    public func run(
        stop: StopSignal = StopSignal(), write: (String) throws -> Void
    ) async throws -> (hashed: Int, failed: Int) {
        let grid = Grid(choice, try await FrameSampler.open(input, options: sampling).header)
        var options = sampling
        (options.interval, options.start) = (grid.interval, grid.start)
        let sampler = try await FrameSampler.open(input, options: options)
        var lines = Lines(step: grid.step)
        try await sampler.forEach(onThreads: "framesift hash", stop: stop) { sample in
            (sample.index, try Lines.Frame(sample))
        } done: { index, frame in
            for line in lines.add(frame, at: index) { try write(line) }
        }
        return (lines.hashed, lines.failed)
    }
}

/// Turns pictures in any order into lines in order of position.
private struct Lines {
    enum Frame {
        case hashed(PDQHash, quality: Int, time: MediaTime)
        /// Shows the picture of the position before.
        case reused
        case failed

        init(_ sample: Sample) throws {
            if sample.reused {
                self = .reused
            } else if let transform = try sample.picture.flatMap({ try PictureTransform($0) }) {
                self = .hashed(transform.hash(), quality: transform.quality, time: sample.time)
            } else {
                self = .failed
            }
        }
    }

    private let step: Int?
    private var waiting: [Int: Frame] = [:]
    private var next = 0
    private var pictures = 0
    private var first: MediaTime?
    private(set) var hashed = 0, failed = 0

    init(step: Int?) { self.step = step }

    /// Adds a frame and returns the lines that it completes.
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
