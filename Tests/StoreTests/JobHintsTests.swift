import Foundation
import Runtime
import TestSupport
import Testing

@testable import Store

/// Hints that a job waits.
@Suite(.timeLimit(.minutes(1))) struct JobHintsTests {
    private func store(_ address: String) async throws -> Store {
        let folder = try TemporaryFolder()
        return try await onThread { try Store(PostgreSQLAddress(address, isSecret: true), folder: folder.url) }
    }

    private func job(_ media: String) -> StoredJob {
        StoredJob(media: media, key: "k", started: 1, order: Data("order".utf8))
    }

    @Test func `whoever listens hears of each job that begins to wait, and no longer once it is cancelled`()
        async throws
    {
        let address = try PostgreSQLServer.makeDatabase()
        let (one, other) = (try await store(address), try await store(address))
        let (hints, hint) = AsyncStream.makeStream(of: Store.JobHint.self)
        let hearing = Task { try await other.hearOfJobs { hint.yield($0) } }
        var heard = hints.makeAsyncIterator()
        #expect(await heard.next() == .listening)
        try await one.keep(job("m1"))
        #expect(await heard.next() == .job)
        let taken = try #require(try await one.takeJob("m1"))
        try await one.giveBack([taken.claim])
        #expect(await heard.next() == .job)
        hearing.cancel()
        await #expect(throws: CancellationError.self) { try await hearing.value }
    }

    @Test func `a listener whose connection ends listens again`() async throws {
        let address = try PostgreSQLServer.makeDatabase()
        let (one, other) = (try await store(address), try await store(address))
        let (hints, hint) = AsyncStream.makeStream(of: Store.JobHint.self)
        let hearing = Task { try await other.hearOfJobs(clock: .init(sleep: { _ in })) { hint.yield($0) } }
        defer { hearing.cancel() }
        var heard = hints.makeAsyncIterator()
        #expect(await heard.next() == .listening)
        _ = try await one.database.read {
            try $0.rows(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'"
            )
        }
        #expect(await heard.next() == .listening)
        try await one.keep(job("m1"))
        #expect(await heard.next() == .job)
    }

    @Test func `where a pooler lends sessions, or nobody else writes, there is nothing to listen to`() async throws {
        let (direct, pooled, pooler) = try PostgreSQLServer.makePooledDatabase()
        defer { pooler.stop() }
        let (one, other) = (try await store(pooled), try await store(direct))
        try await one.hearOfJobs { _ in Issue.record("it listens through a pooler") }
        // None of the sessions that are lent listens.
        try await one.keep(job("m1"))
        let listening: Int? = try await other.database.read {
            try $0.value(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'")
        }
        #expect(listening == 0)
        try await Store().hearOfJobs { _ in Issue.record("it listens to a file") }
    }
}
