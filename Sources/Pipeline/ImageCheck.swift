import FrameSampling
import Moderation
import Synchronization

/// A picture of an image file, judged.
public struct JudgedPicture: Hashable, Sendable {
    /// From 1 on; a still image has one.
    public let number: Int
    /// Upright, pixels.
    public let width, height: Int
    public let judgement: Judgement
}

/// Judges image files held in memory.
///
/// Decoding happens on threads of its own, judging on the judge's, and neither on the caller's.
public final class ImageCheck: Sendable {
    /// Which pictures of an animation are judged.
    public enum Choice: Hashable, Sendable {
        case first
        /// All; more than `limit` are refused.
        case all(limit: Int)
    }

    /// More pictures than asked to take.
    public struct TooManyPictures: Error, Hashable, Sendable {
        public let limit: Int
    }

    private let judge: any ImageJudge
    private let decoders: BlockingThreads
    private let places: Places

    public init(judge: any ImageJudge) {
        self.judge = judge
        // As many are decoded as are judged meanwhile. Each has a thread whenever it needs one: an image that waits for
        // memory on its thread never keeps the one that holds the memory from going on.
        let inHand = 2 * judge.concurrency
        decoders = BlockingThreads(count: inHand, name: "framesift image")
        places = Places(inHand)
    }

    deinit { decoders.close() }

    /// Decodes and judges. One picture is held at a time. When the task is cancelled, what is being decoded is finished and
    /// thrown away, and nothing further is decoded or judged.
    /// - Parameters:
    ///   - choice: Which pictures.
    ///   - categories: What for; empty: nothing is judged, the pictures are only decoded.
    ///   - open: Called on a thread that may block, with the longest side that the judge asks for; `nil`: any.
    ///   - accept: Called with the first picture before it is judged; throws to refuse it.
    ///   - judged: Called after each picture.
    /// Throws `FrameSamplingError`, `TooManyPictures`, what `open` and `accept` throw, and what the judge throws.
    public func run(
        _ choice: Choice, for categories: Set<Category>, open: @escaping @Sendable (Int?) throws -> ImageReader,
        accept: @escaping @Sendable (DecodedPicture, ImageReader.Format) throws -> Void,
        judged: @Sendable () -> Void = {}
    ) async throws -> [JudgedPicture] {
        await places.enter()
        defer { places.leave() }
        let stop = StopSignal()
        let longestSide = judge.longestSide
        return try await withTaskCancellationHandler {
            let (reader, first) = try await decoders.run {
                guard !stop.isStopped else { throw CancellationError() }
                let reader = try open(longestSide)
                stop.whenStopped { reader.cancel() }
                let picture = try reader.next()
                if let picture { try accept(picture, reader.format) }
                return (reader, picture)
            }
            return try await judgeAll(choice, of: reader, from: first, for: categories, judged)
        } onCancel: {
            stop.stop()
        }
    }

    private func judgeAll(
        _ choice: Choice, of reader: ImageReader, from first: DecodedPicture?, for categories: Set<Category>,
        _ told: @Sendable () -> Void
    ) async throws -> [JudgedPicture] {
        var judged: [JudgedPicture] = []
        var next = first
        while let picture = next {
            try Task.checkCancellation()
            if case .all(let limit) = choice, judged.count == limit { throw TooManyPictures(limit: limit) }
            let judgement =
                categories.isEmpty ? Judgement(probabilities: [:]) : try await judge.judge(picture, for: categories)
            judged.append(
                JudgedPicture(
                    number: judged.count + 1, width: picture.width, height: picture.height, judgement: judgement))
            told()
            if choice == .first { break }
            next = try await decoders.run { try reader.next() }
        }
        return judged
    }
}

/// A number of places; who finds none waits in line.
private final class Places: Sendable {
    private struct State {
        var free: Int
        var line: [CheckedContinuation<Void, Never>] = []
    }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    func enter() async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                if state.free == 0 {
                    state.line.append(continuation)
                    return false
                }
                state.free -= 1
                return true
            }
            if isFree { continuation.resume() }
        }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, Never>? in
            if !state.line.isEmpty { return state.line.removeFirst() }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
