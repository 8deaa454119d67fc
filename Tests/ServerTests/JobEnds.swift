import GRDB

@testable import Store

extension Store {
    /// Returns a job once it is over.
    func ended(_ media: String) async throws -> StoredJob {
        let (commits, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let observer = CommitObserver(committed: continuation)
        guard let sqlite = database.base as? SQLiteDatabase else { throw CancellationError() }
        sqlite.writer.add(transactionObserver: observer)
        // What was written before.
        continuation.yield()
        defer { withExtendedLifetime(observer) {} }
        for await _ in commits {
            if let job = try await job(media), job.status != .ongoing { return job }
        }
        throw CancellationError()
    }
}

private final class CommitObserver: TransactionObserver, Sendable {
    private let committed: AsyncStream<Void>.Continuation

    init(committed: AsyncStream<Void>.Continuation) { self.committed = committed }

    func observes(eventsOfKind eventKind: DatabaseEventKind) -> Bool { true }
    func databaseDidChange(with event: DatabaseEvent) {}
    func databaseDidCommit(_ db: Database) { committed.yield() }
    func databaseDidRollback(_ db: Database) {}
}
