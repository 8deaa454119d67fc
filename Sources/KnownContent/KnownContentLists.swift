import Foundation
import Synchronization

/// Files of hashes, read again once one of them has changed. Whoever asks gets the hashes at once: while files are being
/// read again, the former ones.
public final class KnownContentLists: Sendable {
    private struct State {
        var index: KnownContentIndex
        var identities: [FileIdentity?]
        var isReading = false
        var lookedAt: ContinuousClock.Instant
    }

    private let paths: [String]
    private let state: Mutex<State>
    private let lookEvery: Duration
    private let now: @Sendable () -> ContinuousClock.Instant
    private let tell: @Sendable (String) -> Void

    /// Reads the files.
    /// - Parameters:
    ///   - paths: Files; at least one.
    ///   - lookEvery: How long to wait before looking again whether a file has changed.
    ///   - now: A clock that only goes forward.
    ///   - tell: Hears a sentence about each line that makes no sense, and later about files that were read again or could
    ///     not be. Sentences name files and lines, never what stands there. Called from any thread.
    /// Throws `KnownContentError`: a file that is not there or holds no hash at all is an error here. Later it is told, and
    /// the former hashes stay.
    public init(
        _ paths: [String], lookEvery: Duration = .seconds(1),
        now: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        tell: @escaping @Sendable (String) -> Void
    ) throws {
        (self.paths, self.lookEvery, self.now, self.tell) = (paths, lookEvery, now, tell)
        let identities = paths.map(FileIdentity.init)
        let index = try Self.read(paths, tell)
        state = Mutex(State(index: index, identities: identities, lookedAt: now()))
    }

    /// The hashes as they were last read. Looks whether files have changed, and has them read by a thread of its own.
    public var current: KnownContentIndex {
        let (index, isDue) = state.withLock { state in
            let isDue = !state.isReading && now() - state.lookedAt >= lookEvery
            if isDue { state.isReading = true }
            return (state.index, isDue)
        }
        if isDue { look() }
        return index
    }

    private func look() {
        // Taken before reading: what changes meanwhile is seen the next time.
        let identities = paths.map(FileIdentity.init)
        let hasChanged = state.withLock { state in
            state.lookedAt = now()
            let hasChanged = identities != state.identities
            state.isReading = hasChanged
            return hasChanged
        }
        guard hasChanged else { return }
        let thread = Thread { [self] in readAgain(identities) }
        thread.name = "framesift hash lists"
        thread.start()
    }

    private func readAgain(_ identities: [FileIdentity?]) {
        let read = Result { try Self.read(paths, tell) }
        state.withLock { state in
            if case .success(let index) = read { state.index = index }
            // What could not be read is not tried again before it changes again.
            state.identities = identities
            state.isReading = false
            state.lookedAt = now()
        }
        switch read {
        case .success: tell("The hash lists have changed and were read again.")
        case .failure(let error): tell("\(error) The hashes read before stay in use.")
        }
    }

    private static func read(_ paths: [String], _ tell: (String) -> Void) throws -> KnownContentIndex {
        let lists = try paths.map { path in
            let list = try HashList(path: path)
            for problem in list.problems { tell("\(path):\(problem.line): \(problem.reason)") }
            let untold = list.problemCount - list.problems.count
            if untold > 0 { tell("\(path): \(untold) more lines make no sense.") }
            return list
        }
        return try KnownContentIndex(lists)
    }
}
