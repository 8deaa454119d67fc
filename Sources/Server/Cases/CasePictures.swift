import Foundation
import FrameSampling
import Moderation
import Pipeline
import Synchronization

/// Small pictures of a job's newest samples, until it is known whether a case needs them.
final class CasePictures: PictureListener {
    /// The pictures of one sample, as JPEGs.
    struct Entry {
        var thumbnail: Data
        /// `nil` if no case can need it.
        var still: Data?
    }

    private struct State {
        var entries: [Int: Entry] = [:]
        /// By when they came, the oldest first.
        var positions: [Int] = []
    }

    /// The most samples that are remembered: more than are judged ahead, with those before them.
    private static let capacity = 96
    private static let stillLimits = JPEGLimits(longestSide: 640, quality: 80)
    private static let thumbnailLimits = JPEGLimits(longestSide: 160, quality: 60)
    private let finder: CaseFinder
    private let state = Mutex(State())

    /// - Parameter finder: Says which stills may be needed.
    init(_ finder: CaseFinder) { self.finder = finder }

    func note(_ picture: DecodedPicture, position: Int, judgement: Judgement?) {
        guard let thumbnail = try? picture.jpeg(within: Self.thumbnailLimits) else { return }
        let isWanted = finder.mayNeedPicture(judgement, at: position)
        let still = isWanted ? try? picture.jpeg(within: Self.stillLimits) : nil
        state.withLock { state in
            if state.entries[position] == nil { state.positions.append(position) }
            state.entries[position] = Entry(thumbnail: Data(thumbnail), still: still.map { Data($0) })
            if state.positions.count > Self.capacity { state.entries[state.positions.removeFirst()] = nil }
        }
    }

    /// The pictures of a sample that was decided on, of which the still is forgotten.
    func take(_ position: Int) -> Entry? {
        state.withLock { state in
            defer { state.entries[position]?.still = nil }
            return state.entries[position]
        }
    }

    /// The thumbnail of an earlier sample, if it is remembered.
    func thumbnail(_ position: Int) -> Data? { state.withLock { $0.entries[position]?.thumbnail } }
}
