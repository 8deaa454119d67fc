import FrameSampling
import Moderation
import Runtime
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
        try await places.enter()
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

/// A number of places; who finds none waits in line, and leaves it when cancelled.
private final class Places: Sendable {
    private struct State {
        var free: Int
        var line: [(number: Int, waiting: CheckedContinuation<Void, any Error>)] = []
        var next = 0
        /// Cancelled before they stood in line.
        var gone: Set<Int> = []
    }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// Throws `CancellationError`; else `leave` is owed.
    func enter() async throws {
        let number = state.withLock { state in
            state.next += 1
            return state.next
        }
        try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                let result: Result<Void, any Error>? = state.withLock { state in
                    if state.gone.remove(number) != nil { return .failure(CancellationError()) }
                    if state.free > 0 {
                        state.free -= 1
                        return .success(())
                    }
                    state.line.append((number, continuation))
                    return nil
                }
                if let result { continuation.resume(with: result) }
            }
        } onCancel: {
            let waiting = state.withLock { state -> CheckedContinuation<Void, any Error>? in
                if let place = state.line.firstIndex(where: { $0.number == number }) {
                    return state.line.remove(at: place).waiting
                }
                state.gone.insert(number)
                return nil
            }
            waiting?.resume(throwing: CancellationError())
        }
        state.withLock { _ = $0.gone.remove(number) }
    }

    func leave() {
        let next = state.withLock { state -> CheckedContinuation<Void, any Error>? in
            if !state.line.isEmpty { return state.line.removeFirst().waiting }
            state.free += 1
            return nil
        }
        next?.resume()
    }
}
