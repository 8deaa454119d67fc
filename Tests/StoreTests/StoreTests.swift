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

private let judgement = Judgement(probabilities: [.nudityExplicit: 0.25])

@Suite struct CancellationTests {
    @Test func `a charge, a call given back and a judgement are kept when the client has gone away`() async throws {
        try await withFolder { folder in
            let store = try Store(folder: folder)
            let now = Date(timeIntervalSince1970: 1_700_000_000)
            try await store.charge(10, key: "k")
            let call = try #require(await store.takeFreeCall(address: "a", limit: 5, now: now))
            try await whenCancelled {
                #expect(Task.isCancelled)
                try await store.charge(-4, key: "k")
                try await store.giveBack(call)
                try await store.keep(judgement, operations: 1, picture: "p", judge: "service", tasks: "nudity.explicit")
            }
            // As another process sees it.
            let other = try Store(folder: folder)
            #expect(try await other.used(key: "k") == 6)
            #expect(try await other.freeCallsLeft(address: "a", limit: 5, now: now) == 5)
            let kept = try await other.judgement(picture: "p", judge: "service", tasks: "nudity.explicit")
            #expect(kept == judgement)
            // The control: it was a cancelled task, in which reading ends.
            await #expect(throws: CancellationError.self) { try await whenCancelled { try await store.used(key: "k") } }
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
                for _ in 0..<8 { group.addTask { try Store(folder: folder) } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            for store in stores { try await store.charge(1, key: "k") }
            #expect(try await stores[0].used(key: "k") == 8)
        }
    }
}

@Suite struct HealthTests {
    @Test func `a full disk is called by its name`() async throws {
        try await withFolder { folder in
            let store = try Store(folder: folder)
            // No page more than there are: SQLite fails as it does where the disk has no room.
            try await store.database.write { try $0.execute(sql: "PRAGMA max_page_count = 1") }
            let large = Feedback(
                key: String(repeating: "x", count: 1 << 20), model: "", trueClass: "", url: nil, sha256: nil,
                received: Date())
            let problem = await #expect(throws: StoreProblem.self) { try await store.keep(large) }
            #expect(problem.map { "\($0)" } == "The state cannot be written: database or disk is full")
            try await store.database.write { try $0.execute(sql: "PRAGMA max_page_count = 1000000") }
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
            try await store.keep(job, owner: store.owner)
            await #expect(throws: DatabaseError.self) { try await store.keep(job, owner: store.owner) }
            #expect(await store.checkHealth() == nil)
        }
    }
}
