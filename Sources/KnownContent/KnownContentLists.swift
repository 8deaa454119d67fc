import Foundation
import Synchronization

/// Hash lists that are reloaded when a file changes. Access never waits: during a reload, the previous hashes are used.
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
    ///   - paths: At least one file.
    ///   - lookEvery: The minimum time between checks for changed files. Default 1 s.
    ///   - now: A monotonic clock.
    ///   - tell: Called from any thread with a sentence about each invalid line, and later about each reload and its
    ///     errors. Sentences name files and lines, but never quote them.
    /// - Throws: `KnownContentError` if a file cannot be read or has no hashes. During a reload, such errors are passed to
    ///   `tell`, and the previous hashes stay in use.
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

    /// The hashes as last read. Checks whether files have changed, and if so starts a thread that reloads them.
    public var current: KnownContentIndex {
        let (index, isDue) = state.withLock { state in
            let isDue = !state.isReading && now() - state.lookedAt >= lookEvery
            if isDue { state.isReading = true }
            return (state.index, isDue)
        }
        if isDue { reload() }
        return index
    }

    private func reload() {
        // Taken before reading, so that changes made meanwhile are found by the next check.
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
            // Files that cannot be read are not tried again until they change.
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
            if untold > 0 { tell("\(path): \(untold) more lines are invalid.") }
            return list
        }
        return try KnownContentIndex(lists)
    }
}
