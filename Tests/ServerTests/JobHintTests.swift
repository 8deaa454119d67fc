import Foundation
import Runtime
import TestSupport
import Testing

@testable import Server
@testable import Store

/// How soon a worker takes what another machine accepted.
@Suite(.timeLimit(.minutes(1))) struct JobHintTests {
    private func store(_ address: String) async throws -> Store {
        let folder = try TemporaryFolder()
        return try await onThread { try Store(PostgreSQLAddress(address, isSecret: true), folder: folder.url) }
    }

    /// Submits jobs, one after the other, whose orders nobody can read, which whoever takes one says.
    private func submit(to other: Store, until server: TestServer) async throws {
        for media in ["first", "second", "third"] {
            try await other.keep(StoredJob(media: media, key: "k", started: 1, order: Data("{}".utf8)))
            await server.log.wait(for: media)
        }
        #expect(server.log.text.contains("job not read"))
    }

    @Test func `a job is taken at once where the connection tells of it, though it is never time to look`() async throws
    {
        let address = try PostgreSQLServer.makeDatabase()
        let other = try await store(address)
        try await TestServer.with(store: try await store(address), sleep: { _ in try await waitForEver() }) { server in
            try await submit(to: other, until: server)
        }
    }

    @Test func `behind a pooler a job is taken when it is time to look, and nothing is complained of`() async throws {
        let (direct, pooled, pooler) = try PostgreSQLServer.makePooledDatabase()
        defer { pooler.stop() }
        let other = try await store(direct)
        try await TestServer.with(store: try await store(pooled)) { server in
            try await submit(to: other, until: server)
            #expect(!server.log.text.contains("jobs not taken"))
        }
    }

    @Test func `hints that came to nothing are passed over, until it is time to look again`() async {
        let wakes = JobWakes()
        var looks = wakes.looks.makeAsyncIterator()
        wakes.tick()
        await looks.next()
        wakes.looked(found: false)
        for found in [true, false, false, true, false, false] {
            #expect(wakes.hear())
            await looks.next()
            wakes.looked(found: found)
        }
        #expect(!wakes.hear())
        wakes.tick()
        await looks.next()
        wakes.looked(found: false)
        // The control: now they count again.
        #expect(wakes.hear())
        await looks.next()
    }
}
