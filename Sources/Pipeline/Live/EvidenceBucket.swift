import Foundation
import Moderation
import Runtime
import Synchronization

/// Object storage for pictures and clips of hits. They wait in a folder of their own until they are stored, one after the
/// other. If what was stored exceeds the limits, the oldest of this run is deleted.
public final class EvidenceBucket: EvidencePlace {
    /// The storage.
    public struct Storage: Sendable {
        /// What comes before a name, in reports.
        let place: String
        /// Stores a file under a name.
        let put: @Sendable (_ path: String, _ name: String) async throws -> Void
        /// Removes what is stored under a name.
        let remove: @Sendable (_ name: String) async throws -> Void
        /// Whether an error may pass, so that it is worth to try again.
        let mayPass: @Sendable (any Error) -> Bool

        /// See the properties of the same names.
        public init(
            place: String, put: @escaping @Sendable (_ path: String, _ name: String) async throws -> Void,
            remove: @escaping @Sendable (_ name: String) async throws -> Void,
            mayPass: @escaping @Sendable (any Error) -> Bool
        ) {
            (self.place, self.put, self.remove, self.mayPass) = (place, put, remove, mayPass)
        }
    }

    /// How often a file is tried while the storage is away: about two minutes.
    static let attempts = 8
    private static let backoff: Backoff = {
        var backoff = Backoff()
        backoff.base = .seconds(1)
        return backoff
    }()

    public let clipMargin: Int?
    private let storage: Storage
    private let folder: URL
    private let clock: TimeSource
    private let problem: @Sendable (String) -> Void
    private let queue: Mutex<EvidenceQueue>
    private let disk = BlockingThreads(count: 1, name: "framesift evidence")
    private let additions: AsyncStream<Void>
    private let addition: AsyncStream<Void>.Continuation
    private let storing = Mutex<Task<Void, Never>?>(nil)

    /// - Parameters:
    ///   - maxFiles: Default 1000.
    ///   - maxBytes: Default 1 GiB.
    ///   - clipMargin: The seconds before and after a hit that a clip shows; `nil` for no clips.
    ///   - clock: The time source. Default: the system's.
    ///   - problem: Called with a sentence if a file is not stored, and once when old ones begin to be deleted.
    /// - Throws: The system's error if the folder for what waits cannot be created.
    public init(
        _ storage: Storage, maxFiles: Int = 1000, maxBytes: Int = 1 << 30, clipMargin: Int? = nil,
        clock: TimeSource = .system, problem: @escaping @Sendable (String) -> Void = { _ in }
    ) throws {
        (self.storage, self.clipMargin, self.clock, self.problem) = (storage, clipMargin, clock, problem)
        queue = Mutex(EvidenceQueue(EvidenceLimits(maxFiles: maxFiles, maxBytes: maxBytes)))
        folder = FileManager.default.temporaryDirectory.appending(path: "framesift-evidence-\(UUID().uuidString)")
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        (additions, addition) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let additions = additions
        storing.withLock { $0 = Task { [weak self] in for await _ in additions { await self?.storeAll() } } }
    }

    deinit {
        addition.finish()
        disk.close()
        try? FileManager.default.removeItem(at: folder)
    }

    // MARK: Keeping

    /// See `EvidencePlace`.
    public func keep(_ name: String, _ write: @escaping @Sendable (String) throws -> Int) async -> String? {
        // Of its own: one of the same name may be on its way.
        let number = queue.withLock { $0.nextNumber() }
        let path = folder.appending(path: "\(number)-\(name)").path
        let bytes: Int
        do {
            bytes = try await disk.run { try write(path) }
        } catch {
            lose(name, "not written: \(error)")
            return nil
        }
        let (isTaken, replaced) = queue.withLock { $0.add(.init(name: name, path: path, bytes: bytes)) }
        if let replaced { unlink(replaced) }
        guard isTaken else {
            unlink(path)
            lose(name, "dropped, since too many others wait for the storage")
            return nil
        }
        addition.yield()
        return storage.place + name
    }

    private func lose(_ name: String, _ reason: String) {
        let count = queue.withLock { $0.lose() }
        problem("\(storage.place)\(name): \(reason) (\(count) in all).")
    }

    // MARK: Storing

    private func storeAll() async {
        while let next = queue.withLock({ $0.take() }) {
            do {
                try await store(next)
            } catch is CancellationError {
                return queue.withLock { $0.putBack() }
            } catch {
                lose(next.name, "not stored: \(error)")
            }
            unlink(next.path)
            queue.withLock { $0.settle() }
        }
    }

    private func store(_ file: EvidenceQueue.Waiting) async throws {
        var failed = 0
        while true {
            do {
                try await storage.put(file.path, file.name)
                break
            } catch let error where storage.mayPass(error) && failed + 1 < Self.attempts {
                let delay = Self.backoff.delay(attempt: failed, random: clock.random(), retryAfter: nil)
                try await clock.sleep(delay ?? Self.backoff.cap)
                failed += 1
            }
        }
        let (surplus, isFirst) = queue.withLock { $0.limits.add(file.name, bytes: file.bytes) }
        if isFirst { problem(EvidenceLimits.fullSentence(storage.place)) }
        for name in surplus {
            do { try await storage.remove(name) } catch  where !(error is CancellationError) {
                problem("\(storage.place)\(name): not deleted: \(error)")
            }
        }
    }

    /// See `EvidencePlace`. What still waits then is lost.
    public func finish(within limit: Duration) async -> Int {
        addition.finish()
        guard let storing = storing.withLock({ $0 }) else { return 0 }
        let timer = Task { [clock] in
            try await clock.sleep(limit)
            storing.cancel()
        }
        await storing.value
        timer.cancel()
        try? FileManager.default.removeItem(at: folder)
        return queue.withLock { $0.lost + $0.waiting.count }
    }
}
