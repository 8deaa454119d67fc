import FrameSampling
import Moderation
import Runtime
import Synchronization

/// A judged picture of an image file.
public struct JudgedPicture: Hashable, Sendable {
    /// Counts from 1; a still image has one picture.
    public let number: Int
    /// The size of the upright picture, in pixels.
    public let width, height: Int
    /// Empty if there was nothing to judge for.
    public let judgement: Judgement
}

/// Judges image files in memory.
///
/// Decodes on its own threads and judges on the judge's, never on the caller's.
public final class ImageCheck: Sendable {
    /// Which pictures of an image to judge.
    public enum Choice: Hashable, Sendable {
        /// The first one of an animation, but all pages of a document, and all pictures of another file that is no
        /// animation.
        case first
        /// All. If there are more than `limit`, the image is refused.
        case all(limit: Int)
    }

    /// The image has more pictures than allowed.
    public struct TooManyPictures: Error, Hashable, Sendable {
        /// The number allowed.
        public let limit: Int
    }

    private let judge: any ImageJudge
    private let decoders: BlockingThreads
    private let places: Places

    /// - Parameter judge: Judges the pictures. At most twice its concurrency are in memory at once.
    public init(judge: any ImageJudge) {
        self.judge = judge
        // As many images are decoded as are judged meanwhile. Each has its own thread, so that an image waiting for
        // memory never blocks the one that will free it.
        let inHand = 2 * judge.concurrency
        decoders = BlockingThreads(count: inHand, name: "framesift image")
        places = Places(inHand)
    }

    deinit { decoders.close() }

    /// Decodes and judges an image, one picture at a time. If the task is cancelled, nothing further is decoded or
    /// judged.
    /// - Parameters:
    ///   - choice: Which pictures to judge.
    ///   - categories: What to judge for. If empty, the pictures are only decoded.
    ///   - open: Opens the image. Called on a thread that may block, with the longest side in pixels that the judge
    ///     requests; `nil` for full size.
    ///   - accept: Called with the first picture before it is judged. Throws to refuse the image.
    ///   - judged: Called after each picture.
    /// - Throws: `FrameSamplingError`, `TooManyPictures`, `CancellationError`, or what `open`, `accept` and the judge
    ///   throw.
    public func run(
        _ choice: Choice, for categories: Set<ContentCategory>, open: @escaping @Sendable (Int?) throws -> ImageReader,
        accept: @escaping @Sendable (DecodedPicture) throws -> Void,
        judged: @Sendable () -> Void = {}
    ) async throws -> [JudgedPicture] {
        try await places.enter()
        defer { places.leave() }
        let stop = StopSignal()
        let longestSide = judge.longestSide
        return try await withTaskCancellationHandler {
            let reader = try await decoders.run {
                guard !stop.isStopped else { throw CancellationError() }
                let reader = try open(longestSide)
                stop.whenStopped { reader.cancel() }
                return reader
            }
            return try await judgeAll(choice, of: reader, for: categories, accept, judged)
        } onCancel: {
            stop.stop()
        }
    }

    private func judgeAll(
        _ choice: Choice, of reader: ImageReader, for categories: Set<ContentCategory>,
        _ accept: @escaping @Sendable (DecodedPicture) throws -> Void, _ told: @Sendable () -> Void
    ) async throws -> [JudgedPicture] {
        var judged: [JudgedPicture] = []
        while let picture = try await judgeNext(
            of: reader, number: judged.count + 1, choice, for: categories, accept)
        {
            judged.append(picture)
            told()
            if choice == .first, reader.format.isAnimation { break }
        }
        return judged
    }

    /// Its picture is gone once it returns: the next one may need the memory.
    private func judgeNext(
        of reader: ImageReader, number: Int, _ choice: Choice, for categories: Set<ContentCategory>,
        _ accept: @escaping @Sendable (DecodedPicture) throws -> Void
    ) async throws -> JudgedPicture? {
        let next = try await decoders.run {
            let picture = try reader.next()
            if number == 1, let picture { try accept(picture) }
            return picture
        }
        guard let picture = next else { return nil }
        try Task.checkCancellation()
        if case .all(let limit) = choice, number > limit { throw TooManyPictures(limit: limit) }
        let judgement =
            categories.isEmpty ? Judgement(probabilities: [:]) : try await judge.judge(picture, for: categories)
        return JudgedPicture(number: number, width: picture.width, height: picture.height, judgement: judgement)
    }
}

/// A semaphore whose waiters can be cancelled. First come, first served.
private final class Places: Sendable {
    private struct State {
        var free: Int
        /// Those that were cancelled as well, until it is their turn.
        var line: [AsyncStream<Void>.Continuation] = []
    }
    private let state: Mutex<State>

    init(_ count: Int) { state = Mutex(State(free: count)) }

    /// - Throws: `CancellationError`; otherwise `leave` has to be called later.
    func enter() async throws {
        let turn = state.withLock { state -> AsyncStream<Void>? in
            if state.free > 0 {
                state.free -= 1
                return nil
            }
            let (turn, waiting) = AsyncStream.makeStream(of: Void.self)
            state.line.append(waiting)
            return turn
        }
        // A stream of a cancelled task ends, and then nobody can be let in through it.
        if let turn, await turn.first(where: { _ in true }) == nil { throw CancellationError() }
    }

    func leave() {
        state.withLock { state in
            while !state.line.isEmpty {
                if case .enqueued = state.line.removeFirst().yield() { return }
            }
            state.free += 1
        }
    }
}
