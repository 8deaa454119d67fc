import Synchronization

/// A database, and whether it can be written.
final class StateDatabase: SQLDatabase {
    private struct Health {
        var problem: StoreProblem?
        var nextTry: ContinuousClock.Instant?
    }
    let base: any SQLDatabase
    private let health = Mutex(Health())

    init(_ base: any SQLDatabase) { self.base = base }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await base.read(body)
    }

    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await watched {
            try await base.write { connection in
                let counting = CountingConnection(connection)
                return (try body(counting), counting.changes)
            }
        }
    }

    func execute(_ sql: String, _ values: [SQLValue]) async throws -> Int {
        try await watched {
            let changes = try await base.execute(sql, values)
            return (changes, changes)
        }
    }

    func change(_ sql: String, _ values: [SQLValue]) async throws -> [SQLRow] {
        try await watched {
            let rows = try await base.change(sql, values)
            return (rows, rows.count)
        }
    }

    func close() { base.close() }

    /// - Parameter body: Returns its value, and how many rows it changed: a transaction without changes proves nothing.
    private func watched<Value>(_ body: () async throws -> (Value, Int)) async throws -> Value {
        do {
            let (value, changes) = try await body()
            if changes > 0 { health.withLock { $0.problem = nil } }
            return value
        } catch let problem as StoreProblem where problem.kind != .conflict {
            health.withLock { $0.problem = problem }
            throw problem
        }
    }

    /// See `Store.checkHealth`.
    func checkHealth(now: ContinuousClock.Instant) async -> StoreProblem? {
        let isDue = health.withLock { health in
            guard health.problem != nil, now >= health.nextTry ?? now else { return false }
            health.nextTry = now + .seconds(1)
            return true
        }
        if isDue { _ = try? await execute("UPDATE health SET checks = checks + 1") }
        return health.withLock { $0.problem }
    }
}

/// Counts what a transaction changes.
private final class CountingConnection: SQLConnection {
    private let base: any SQLConnection
    private(set) var changes = 0
    var forUpdate: String { base.forUpdate }

    init(_ base: any SQLConnection) { self.base = base }

    func run(_ sql: String, _ values: [SQLValue]) throws -> Int {
        let count = try base.run(sql, values)
        changes += count
        return count
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] { try base.rows(sql, values) }
}

extension Store {
    /// Why the state cannot be written at present; `nil` if the last write succeeded. After a failure it tries a small
    /// write of its own, at most once a second, to notice when the state becomes writable again. Otherwise it is cheap.
    public func checkHealth(now: ContinuousClock.Instant = .now) async -> StoreProblem? {
        await database.checkHealth(now: now)
    }
}
