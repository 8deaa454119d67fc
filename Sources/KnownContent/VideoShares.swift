import Moderation
import Synchronization

/// Counts, picture by picture, how much of a video occurs in lists that are videos themselves (vPDQ files).
public final class VideoShares: Sendable {
    private struct State {
        /// The counts refer to these hashes. If the lists change, counting starts over.
        var index: KnownContentIndex?
        var pictures = 0
        /// By list.
        var matched: [Int] = []
        /// By hash: 1 if any picture matched it.
        var found: [UInt8] = []
    }

    private let state = Mutex(State())

    /// Starts with no pictures. Use one instance per video.
    public init() {}

    /// - Parameter marks: One per hash: 1 if the picture matches it, else 0.
    func add(_ marks: [UInt8], of index: KnownContentIndex) {
        state.withLock { state in
            if state.index !== index {
                state = State(
                    index: index, matched: index.lists.map { _ in 0 },
                    found: [UInt8](repeating: 0, count: index.count))
            }
            state.pictures += 1
            for (number, list) in index.lists.enumerated() where list.isVideo {
                var isMatched = false
                for place in list.range where marks[place] != 0 {
                    isMatched = true
                    state.found[place] = 1
                }
                if isMatched { state.matched[number] += 1 }
            }
        }
    }

    /// The lists that any picture matched, in order. Only pictures of sufficient quality count.
    public var shares: [KnownVideo] {
        state.withLock { state in
            (state.index?.lists ?? []).enumerated().compactMap { number, list in
                guard list.isVideo, state.matched[number] > 0 else { return nil }
                return KnownVideo(
                    list: list.name, pictures: state.pictures, picturesMatched: state.matched[number],
                    frames: list.range.count, framesFound: list.range.count { state.found[$0] != 0 })
            }
        }
    }
}
