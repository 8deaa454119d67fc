import FrameSampling
import Moderation
import Synchronization

/// Small pictures for a report: those of hits, and of the others as many as there is room for, evenly spread. Bounded,
/// however long the video.
public final class ThumbnailKeeper: Sendable {
    private struct State {
        var hits: [Int: [UInt8]] = [:]
        var others: [Int: [UInt8]] = [:]
        /// Of the others, those are kept whose index this divides.
        var stride = 1
    }
    /// Hits, and others, at most.
    static let most = 240
    static let limits = JPEGLimits(longestSide: 160, quality: 60)
    private let state = Mutex(State())

    public init() {}

    /// JPEGs by the index of their sample.
    public var pictures: [Int: [UInt8]] { state.withLock { $0.others.merging($0.hits) { $1 } } }

    func note(_ picture: DecodedPicture, index: Int, isHit: Bool) {
        let isWanted = state.withLock { state in
            isHit ? state.hits.count < Self.most : index % state.stride == 0
        }
        guard isWanted, let jpeg = try? picture.jpeg(within: Self.limits) else { return }
        state.withLock { state in
            guard !isHit else { return state.hits[index] = jpeg }
            state.others[index] = jpeg
            while state.others.count > Self.most {
                state.stride *= 2
                state.others = state.others.filter { $0.key % state.stride == 0 }
            }
        }
    }
}
