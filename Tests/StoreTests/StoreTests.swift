import Foundation
import GRDB
import Moderation
import TestSupport
import Testing

@testable import Store

/// Another process that writes to the state's file, until it is told to end.
private final class Writer {
    private let queue: DatabaseQueue

    init(folder: URL) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        queue = try DatabaseQueue(
            path: folder.appending(path: "framesift.sqlite").path, configuration: configuration)
        try queue.inDatabase { try $0.execute(sql: "BEGIN IMMEDIATE") }
    }

    func end() throws { try queue.inDatabase { try $0.execute(sql: "ROLLBACK") } }
}

/// Runs in a task that is cancelled already.
private func whenCancelled<Value: Sendable>(
    _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let task = Task {
        withUnsafeCurrentTask { $0?.cancel() }
        return try await body()
    }
    return try await task.value
}

private func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    try await body(folder.url)
}

private func question(_ digest: String) -> LedgerQuestion {
    LedgerQuestion(digest: digest, judge: "service", categories: [.nudityExplicit])
}

private let judgement = Judgement(probabilities: [.nudityExplicit: 0.25])

extension LedgerClaim {
    fileprivate var isGranted: Bool { if case .granted = self { true } else { false } }
    fileprivate var isTaken: Bool { if case .taken = self { true } else { false } }
    fileprivate var known: Answer? { if case .known(let answer) = self { answer } else { nil } }
}

@Suite struct CancellationTests {
    @Test func `a charge, a call given back and a judgement are kept when the client has gone away`() async throws {
        try await withFolder { folder in
            let store = try Store(folder: folder)
            let now = Date(timeIntervalSince1970: 1_700_000_000)
            try await store.charge(10, key: "k")
            let call = try #require(await store.takeFreeCall(address: "a", limit: 5, now: now))
            #expect(try await store.claimPicture(question("p")).isGranted)
            try await whenCancelled {
                #expect(Task.isCancelled)
                try await store.charge(-4, key: "k")
                try await store.giveBack(call)
                try await store.keep(judgement, operations: 1, for: question("p"))
            }
            // As another process sees it.
            let other = try Store(folder: folder)
            #expect(try await other.used(key: "k") == 6)
            #expect(try await other.freeCallsLeft(address: "a", limit: 5, now: now) == 5)
            #expect(try await other.judgement(question("p")) == judgement)
            // The control: it was a cancelled task, in which reading ends.
            await #expect(throws: CancellationError.self) { try await whenCancelled { try await store.used(key: "k") } }
        }
    }
}

@Suite struct ClaimTests {
    @Test func `one process asks for a picture while others wait, and then all know it`() async throws {
        try await withFolder { folder in
            let (one, other) = (try Store(folder: folder), try Store(folder: folder))
            #expect(try await one.claimPicture(question("p")).isGranted)
            #expect(try await other.claimPicture(question("p")).isTaken)
            #expect(try await one.claimPicture(question("p")).isTaken)
            #expect(try await other.claimPicture(question("q")).isGranted)
            try await one.keep(judgement, operations: 1, for: question("p"))
            #expect(try await one.claimPicture(question("p")).known == judgement)
            #expect(try await other.claimPicture(question("p")).known == judgement)
        }
    }

    @Test func `a claim without an answer goes to the next who asks`() async throws {
        try await withFolder { folder in
            let (one, other) = (try Store(folder: folder), try Store(folder: folder))
            #expect(try await one.claimVideo(question("v")).isGranted)
            #expect(try await other.claimVideo(question("v")).isTaken)
            try await whenCancelled { try await one.release(question("v")) }
            #expect(try await other.claimVideo(question("v")).isGranted)
            let frames = [NativeFrame(position: 0, judgement: judgement), NativeFrame(position: 40, judgement: nil)]
            try await other.keep(frames, operations: 2, for: question("v"))
            #expect(try await one.claimVideo(question("v")).known == frames)
        }
    }

    @Test func `a process that is gone holds up nobody, one that lives does`() async throws {
        try await withFolder { folder in
            let other = try Store(folder: folder)
            var gone: Store? = try Store(folder: folder)
            #expect(try await gone?.claimPicture(question("p")).isGranted == true)
            #expect(try await other.claimPicture(question("p")).isTaken)
            gone = nil
            #expect(try await other.claimPicture(question("p")).isGranted)
        }
    }

    @Test func `a claim whose end could not be written holds up nobody once the state can be written`() async throws {
        try await withFolder { folder in
            let one = try Store(folder: folder, patience: 0)
            let other = try Store(folder: folder)
            #expect(try await one.claimPicture(question("p")).isGranted)
            let writer = try Writer(folder: folder)
            await #expect(throws: StoreProblem.self) {
                try await one.keep(judgement, operations: 1, for: question("p"))
            }
            await #expect(throws: StoreProblem.self) { try await one.claimPicture(question("p")) }
            try writer.end()
            #expect(try await other.claimPicture(question("p")).isTaken)
            #expect(try await one.claimPicture(question("q")).isGranted)
            #expect(try await other.claimPicture(question("p")).isGranted)
            #expect(try await one.claimPicture(question("p")).isTaken)
        }
    }

    @Test func `what is known is told even while nothing can be written`() async throws {
        try await withFolder { folder in
            let store = try Store(folder: folder, patience: 0)
            try await store.keep(judgement, operations: 1, for: question("p"))
            let writer = try Writer(folder: folder)
            #expect(try await store.claimPicture(question("p")).known == judgement)
            await #expect(throws: StoreProblem.self) { try await store.claimPicture(question("q")) }
            try writer.end()
        }
    }
}

@Suite struct OpeningTests {
    @Test func `the files by which processes know each other do not pile up`() async throws {
        try await withFolder { folder in
            let owners = folder.appending(path: "owners").path
            let store = try Store(folder: folder)
            // Of one that was killed.
            try Data().write(to: URL(filePath: owners).appending(path: "dead"))
            let other = try Store(folder: folder)
            let files = try FileManager.default.contentsOfDirectory(atPath: owners)
            #expect(Set(files) == [store.owner.name, other.owner.name])
        }
    }

    @Test func `many that begin at once with no state yet share one`() async throws {
        try await withFolder { folder in
            let stores = try await withThrowingTaskGroup(of: Store.self) { group in
                for _ in 0..<16 { group.addTask { try await onThread { try Store(folder: folder) } } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for store in stores { try await store.charge(1, key: "k") }
            #expect(try await stores[0].used(key: "k") == 16)
        }
    }
}

@Suite struct HealthTests {
    @Test func `a full disk is called by its name`() async throws {
        try await withFolder { folder in
            let store = try Store(folder: folder)
            // No page more than there are: SQLite fails as it does where the disk has no room.
            try await store.database.write { try $0.run("PRAGMA max_page_count = 1") }
            let large = Feedback(
                key: String(repeating: "x", count: 1 << 20), model: "", trueClass: "", url: nil, sha256: nil,
                received: Date())
            let problem = await #expect(throws: StoreProblem.self) { try await store.keep(large) }
            #expect(problem.map { "\($0)" } == "The state cannot be written: database or disk is full")
            try await store.database.write { try $0.run("PRAGMA max_page_count = 1000000") }
            try await store.keep(large)
        }
    }

    @Test func `a state that cannot be written is told, and that it can be again shows within a second`() async throws {
        try await withFolder { folder in
            let store = try Store(folder: folder, patience: 0)
            let now = ContinuousClock.now
            #expect(await store.checkHealth(now: now) == nil)
            let writer = try Writer(folder: folder)
            await #expect(throws: StoreProblem.self) { try await store.charge(1, key: "k") }
            #expect(await store.checkHealth(now: now)?.cause == "database is locked")
            try writer.end()
            // It tries at most once a second.
            #expect(await store.checkHealth(now: now + .milliseconds(999)) != nil)
            #expect(await store.checkHealth(now: now + .seconds(1)) == nil)
        }
    }

    @Test func `after a failure the next write that succeeds is enough`() async throws {
        try await withFolder { folder in
            let store = try Store(folder: folder, patience: 0)
            let now = ContinuousClock.now
            let writer = try Writer(folder: folder)
            await #expect(throws: StoreProblem.self) { try await store.charge(1, key: "k") }
            #expect(await store.checkHealth(now: now) != nil)
            try writer.end()
            // Nothing was written by this.
            #expect(try await store.take(1, key: "k", quota: 0) == false)
            #expect(await store.checkHealth(now: now) != nil)
            try await store.charge(1, key: "k")
            #expect(await store.checkHealth(now: now) == nil)
        }
    }

    @Test func `what the caller did wrong is no failure of the state`() async throws {
        try await withFolder { folder in
            let store = try Store(folder: folder)
            let job = StoredJob(media: "m", key: "k", started: 1, order: Data())
            try await store.keep(job)
            let problem = await #expect(throws: StoreProblem.self) { try await store.keep(job) }
            #expect(problem?.kind == .conflict)
            #expect(await store.checkHealth() == nil)
        }
    }
}
