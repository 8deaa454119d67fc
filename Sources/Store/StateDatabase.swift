import Foundation
import GRDB
import Synchronization

/// The database. All writing goes through `write`.
final class StateDatabase: Sendable {
    private struct Health {
        var problem: StoreProblem?
        var nextTry: ContinuousClock.Instant?
    }
    private let writer: any DatabaseWriter
    private let health = Mutex(Health())

    init(_ writer: any DatabaseWriter) { self.writer = writer }

    /// - Throws: `CancellationError` if the task is cancelled; `DatabaseError`; whatever `value` throws.
    func read<Value: Sendable>(_ value: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await writer.read(value)
    }

    /// Runs in one transaction, to its end even if the task is cancelled: what was paid, charged or given back must not
    /// be lost because a client disconnects.
    /// - Throws: `StoreProblem` if the database cannot be written; `DatabaseError` for a constraint.
    func write<Value: Sendable>(_ updates: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        // GRDB rolls back a cancelled task's writes, so they run in a task that is never cancelled.
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

    /// Writes with one statement.
    func execute(_ sql: String, _ arguments: StatementArguments = []) async throws {
        try await write { try $0.execute(sql: sql, arguments: arguments) }
    }

    /// See `Store.checkHealth`.
    func checkHealth(now: ContinuousClock.Instant) async -> StoreProblem? {
        let isDue = health.withLock { health in
            guard health.problem != nil, now >= health.nextTry ?? now else { return false }
            health.nextTry = now + .seconds(1)
            return true
        }
        if isDue { try? await execute("UPDATE health SET checks = checks + 1") }
        return health.withLock { $0.problem }
    }
}

/// The state could not be written.
public struct StoreProblem: Error, Hashable, Sendable, CustomStringConvertible {
    /// When the last attempt failed.
    public let time: Date
    /// SQLite's message, without paths.
    public let cause: String

    /// A sentence with the cause.
    public var description: String { "The state cannot be written: \(cause)" }
}

extension Store {
    /// Why the state cannot be written at present; `nil` if the last write succeeded. After a failure it tries a small
    /// write of its own, at most once a second, to notice when the state becomes writable again. Otherwise it is cheap.
    public func checkHealth(now: ContinuousClock.Instant = .now) async -> StoreProblem? {
        await database.checkHealth(now: now)
    }
}
