import Runtime
import Synchronization

/// A database of a PostgreSQL server, through a few connections. What it does between the beginning and the end of a
/// transaction is all that it needs of one, so it works behind PgBouncer in transaction mode.
final class PostgreSQLDatabase: SQLDatabase {
    private let address: PostgreSQLAddress
    private let threads: BlockingThreads
    private let process = Mutex("")
    /// Connections that nobody uses; `PostgreSQLConnection` is for one thread at a time.
    private let idle: Mutex<[Box]>

    /// `@unchecked Sendable`: it is taken out of `idle` by one thread, which puts it back once it is done.
    private struct Box: @unchecked Sendable { let connection: PostgreSQLConnection }

    /// Statements at once.
    private static let connections = 4
    private static let maxCollisions = 5
    /// The server ends what takes longer, also when whoever asked is gone. `framesift.process` says who writes, to whoever
    /// looks from the database's side.
    private var begin: String {
        """
        BEGIN; SET LOCAL statement_timeout = 15000; SET LOCAL lock_timeout = 10000; \
        SET LOCAL framesift.process = '\(process.withLock { $0 })'
        """
    }

    /// Says under which name this process writes from now on.
    /// - Parameter name: Letters, digits and hyphens.
    func write(as name: String) { process.withLock { $0 = name } }

    /// Connects once.
    /// - Throws: `StoreProblem`.
    init(_ address: PostgreSQLAddress) throws(StoreProblem) {
        self.address = address
        idle = Mutex([Box(connection: try PostgreSQLConnection(address))])
        threads = BlockingThreads(count: Self.connections, name: "framesift store")
    }

    deinit { threads.close() }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try Task.checkCancellation()
        return try await threads.run { [self] in
            // Reading twice harms nothing, so a connection that was lost meanwhile costs nothing.
            do {
                return try withConnection(body)
            } catch let problem as StoreProblem where problem.kind == .unavailable {
                return try withConnection(body)
            }
        }
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await threads.run { [self] in try transaction(body) }
    }

    func execute(_ sql: String, _ values: [SQLValue]) async throws -> Int {
        try await threads.run { [self] in try withConnection { try $0.run(sql, values) } }
    }

    func change(_ sql: String, _ values: [SQLValue]) async throws -> [SQLRow] {
        try await threads.run { [self] in try withConnection { try $0.rows(sql, values) } }
    }

    /// See `PostgreSQLListener.connect`.
    func listener(to channel: String) async throws -> PostgreSQLListener? {
        try await PostgreSQLListener.connect(address, to: channel)
    }

    func close() {
        threads.close()
        idle.withLock { $0 = [] }
    }

    /// Runs a transaction now.
    /// - Throws: `StoreProblem`; what `body` throws.
    func transaction<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        for _ in 1..<Self.maxCollisions {
            do { return try attempt(body) } catch let problem as StoreProblem where problem.isCollision {}
        }
        return try attempt(body)
    }

    private func attempt<Value>(_ body: (any SQLConnection) throws -> Value) throws -> Value {
        try withConnection(beginning: begin) { connection in
            do {
                let value = try body(connection)
                try connection.run("COMMIT")
                return value
            } catch {
                // If that fails too, the connection is not used again.
                _ = try? connection.run("ROLLBACK")
                throw error
            }
        }
    }

    /// - Parameter statement: Run first. If it finds that an idle connection was lost, another one is used.
    private func withConnection<Value>(
        beginning statement: String? = nil, _ body: (PostgreSQLConnection) throws -> Value
    ) throws -> Value {
        var connection = try take()
        do {
            if let statement { try connection.run(statement) }
        } catch let problem as StoreProblem where problem.kind == .unavailable {
            forgetIdle()
            connection = try PostgreSQLConnection(address)
            if let statement { try connection.run(statement) }
        }
        defer { giveBack(connection) }
        do {
            return try body(connection)
        } catch let problem as StoreProblem where problem.kind == .unavailable {
            forgetIdle()
            throw problem
        }
    }

    /// Where one connection was lost, the others probably are, too.
    private func forgetIdle() { idle.withLock { $0 = [] } }

    private func take() throws -> PostgreSQLConnection {
        while let box = idle.withLock({ $0.popLast() }) {
            if box.connection.isUsable { return box.connection }
        }
        return try PostgreSQLConnection(address)
    }

    private func giveBack(_ connection: PostgreSQLConnection) {
        guard connection.isUsable else { return }
        let box = Box(connection: connection)
        idle.withLock { $0.append(box) }
    }
}
