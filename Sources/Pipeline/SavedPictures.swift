import Base
import FrameSampling
import Moderation

/// Takes pictures for a result that was saved without them from its video: the pictures that a check would have kept.
public struct SavedPictures: Sendable {
    /// A sample of the saved result.
    public struct Place: Hashable, Sendable {
        /// ms since the first picture.
        public let position: Int
        /// The picture's timestamp. If it differs, this is not the same video.
        public let time: MediaTime
        /// Whether the sample is a hit.
        public let isHit: Bool

        /// Creates a place from its values.
        public init(position: Int, time: MediaTime, isHit: Bool) {
            self.position = position
            self.time = time
            self.isHit = isHit
        }
    }

    private let places: [(index: Int, place: Place)]
    private let options: SamplingOptions

    /// - Parameters:
    ///   - places: Samples by the index of their frame, in ascending order of position. Reused pictures may be left
    ///     out.
    ///   - interval: The interval of the saved result, in seconds.
    ///   - mode: The sampling mode of the saved result.
    public init(_ places: [Int: Place], interval: Double, mode: String) {
        let sorted = Self.inOrder(places)
        let stride = max(1, (sorted.count + ThumbnailKeeper.maxCount - 1) / ThumbnailKeeper.maxCount)
        let hits = sorted.filter(\.value.isHit).prefix(ThumbnailKeeper.maxCount).map(\.key)
        let spread = sorted.enumerated().filter { $0.offset % stride == 0 }.map(\.element.key)
        let chosen = Set(hits).union(spread)
        self.places = sorted.filter { chosen.contains($0.key) }.map { (index: $0.key, place: $0.value) }
        var options = SamplingOptions()
        options.mode = mode == SamplingOptions.Mode.keyframes.rawValue ? .keyframes : .exact
        // Saved positions are rounded down to whole milliseconds.
        let isWhole = (interval * 1000).truncatingRemainder(dividingBy: 1) == 0
        let rest: Duration = isWhole ? .zero : .microseconds(999)
        options.stretches = self.places.map { .init(start: .milliseconds($0.place.position) + rest, count: 1) }
        self.options = options
    }

    /// Drops samples that are out of order or out of range, because a saved file may contain anything.
    private static func inOrder(_ places: [Int: Place]) -> [(key: Int, value: Place)] {
        let longest = SamplingOptions().maxDuration.wholeMilliseconds
        return places.sorted { $0.key < $1.key }.reduce(into: []) { kept, next in
            let position = next.value.position
            if (0...longest).contains(position), kept.last.map({ $0.value.position < position }) ?? true {
                kept.append(next)
            }
        }
    }

    /// Takes the pictures.
    /// - Parameter path: The path of the video.
    /// - Returns: JPEGs by the index of their frame; empty if this is not the same video.
    /// - Throws: `FrameSamplingError`.
    public func take(from path: String) async throws -> [Int: [UInt8]] {
        guard !places.isEmpty else { return [:] }
        var pictures: [Int: [UInt8]] = [:]
        let sampler = try await FrameSampler.open(.path(path), options: options)
        while let sample = try await sampler.next() {
            guard places.indices.contains(sample.index), let picture = sample.picture else { continue }
            let (index, place) = places[sample.index]
            if place.time == sample.time { pictures[index] = try? picture.jpeg(within: ThumbnailKeeper.limits) }
        }
        return pictures
    }
}
