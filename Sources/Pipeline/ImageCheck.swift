import FrameSampling
import Moderation

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

    /// - Parameter threads: Images decoded side by side.
    public init(judge: any ImageJudge, threads: Int) {
        self.judge = judge
        decoders = BlockingThreads(count: threads, name: "framesift image")
    }

    deinit { decoders.close() }

    /// Decodes and judges. One picture is held at a time.
    /// - Parameters:
    ///   - choice: Which pictures.
    ///   - categories: What for; empty: nothing is judged, the pictures are only decoded.
    ///   - open: Called on a thread that may block.
    ///   - accept: Called with each picture before it is judged; throws to refuse it.
    /// Throws `FrameSamplingError`, `TooManyPictures`, what `open` and `accept` throw, and what the judge throws.
    public func run(
        _ choice: Choice, for categories: Set<Category>, open: @escaping @Sendable () throws -> ImageReader,
        accept: @escaping @Sendable (DecodedPicture, ImageReader.Format) throws -> Void
    ) async throws -> [JudgedPicture] {
        let (reader, first) = try await decoders.run {
            let reader = try open()
            let picture = try reader.next()
            if let picture { try accept(picture, reader.format) }
            return (reader, picture)
        }
        var judged: [JudgedPicture] = []
        var next = first
        while let picture = next {
            if case .all(let limit) = choice, judged.count == limit { throw TooManyPictures(limit: limit) }
            let judgement =
                categories.isEmpty ? Judgement(probabilities: [:]) : try await judge.judge(picture, for: categories)
            judged.append(
                JudgedPicture(
                    number: judged.count + 1, width: picture.width, height: picture.height, judgement: judgement))
            if choice == .first { break }
            next = try await decoders.run { try reader.next() }
        }
        return judged
    }
}
