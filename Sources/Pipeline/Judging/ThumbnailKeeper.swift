import FrameSampling
import Moderation
import Synchronization

/// Keeps small pictures for a report: those of hits, and an even selection of the others. Both are limited, however
/// long the video is.
public final class ThumbnailKeeper: Sendable {
    private struct State {
        var hits: [Int: [UInt8]] = [:]
        var others: [Int: [UInt8]] = [:]
        /// Other pictures are kept if their index is a multiple of this.
        var stride = 1
    }
    /// The most pictures of hits, and the most others.
    static let maxCount = 240
    static let limits = JPEGLimits(longestSide: 160, quality: 60)
    private let state = Mutex(State())

    /// A keeper without pictures.
    public init() {}

    /// JPEGs by the index of their sample.
    public var pictures: [Int: [UInt8]] { state.withLock { $0.others.merging($0.hits) { $1 } } }

    func note(_ picture: DecodedPicture, index: Int, isHit: Bool) {
        let isWanted = state.withLock { state in
            isHit ? state.hits.count < Self.maxCount : index % state.stride == 0
        }
        guard isWanted, let jpeg = try? picture.jpeg(within: Self.limits) else { return }
        state.withLock { state in
            guard !isHit else { return state.hits[index] = jpeg }
            state.others[index] = jpeg
            while state.others.count > Self.maxCount {
                state.stride *= 2
                state.others = state.others.filter { $0.key % state.stride == 0 }
            }
        }
    }
}
