import Foundation
import GRDB
import Synchronization

/// The database as the tables' code sees it. Everything that is written goes through `write`.
final class StateDatabase: Sendable {
    private struct Health {
        var problem: StoreProblem?
        var nextTry: ContinuousClock.Instant?
    }
    private let writer: any DatabaseWriter
    private let health = Mutex(Health())

    init(_ writer: any DatabaseWriter) { self.writer = writer }

    /// Ends with `CancellationError` when the task is cancelled.
    func read<Value: Sendable>(_ value: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await writer.read(value)
    }

    /// All or nothing, and to its end even if the task is cancelled: what was paid, charged or given back must not be lost
    /// because a client has gone away. Throws `StoreProblem` when the database cannot be written.
    func write<Value: Sendable>(_ updates: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        // GRDB rolls a cancelled task's writes back; this one is nobody's to cancel.
        try await Task { [self] in
            do {
                let (value, hasWritten) = try await writer.write { database in
                    let before = database.totalChangesCount
                    return (try updates(database), database.totalChangesCount > before)
                }
                if hasWritten { health.withLock { $0.problem = nil } }
                return value
            } catch let error as DatabaseError where error.resultCode != .SQLITE_CONSTRAINT {
                let problem = StoreProblem(time: Date(), cause: error.message ?? "\(error.resultCode)")
                health.withLock { $0.problem = problem }
                throw problem
            }
        }.value
    }

    /// As `Store.checkHealth`.
    func checkHealth(now: ContinuousClock.Instant) async -> StoreProblem? {
        let isDue = health.withLock { health in
            guard health.problem != nil, now >= health.nextTry ?? now else { return false }
            health.nextTry = now + .seconds(1)
            return true
        }
        if isDue { try? await write { try $0.execute(sql: "UPDATE health SET checks = checks + 1") } }
        return health.withLock { $0.problem }
    }
}

/// The state could not be written.
public struct StoreProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// When it was tried last.
    public let time: Date
    /// In SQLite's words, without paths.
    public let cause: String

    public var description: String { "The state cannot be written: \(cause)" }
}

extension Store {
    /// Why nothing can be written just now; `nil` when the last write succeeded. After a failure it tries a small write of
    /// its own, at most one a second, so that it shows when the state can be written again. Cheap otherwise.
    public func checkHealth(now: ContinuousClock.Instant = .now) async -> StoreProblem? {
        await database.checkHealth(now: now)
    }
}
