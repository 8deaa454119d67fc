/// A connection in use, of either kind of database. For one thread at a time.
///
/// Statements are of the SQL that SQLite and PostgreSQL share. Values stand as `?` in their order, or all as `?1`, `?2` ….
/// What the two do not share is below.
protocol SQLConnection {
    /// What ends a `SELECT` of rows that are about to be changed, so that nobody else changes them before: empty in
    /// SQLite, where one transaction writes at a time.
    var forUpdate: String { get }

    /// - Returns: How many rows were inserted, changed or deleted.
    /// - Throws: `StoreProblem`.
    @discardableResult func run(_ sql: String, _ values: [SQLValue]) throws -> Int
    /// - Throws: `StoreProblem`.
    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow]
}

extension SQLConnection {
    /// - Returns: How many rows were inserted, changed or deleted.
    /// - Throws: `StoreProblem`.
    @discardableResult func run(_ sql: String, _ values: (any SQLConvertible)?...) throws -> Int {
        try run(sql, values.map { $0?.sqlValue ?? .null })
    }

    /// - Throws: `StoreProblem`.
    func rows(_ sql: String, _ values: (any SQLConvertible)?...) throws -> [SQLRow] {
        try rows(sql, values.map { $0?.sqlValue ?? .null })
    }

    /// The first row.
    /// - Throws: `StoreProblem`.
    func row(_ sql: String, _ values: (any SQLConvertible)?...) throws -> SQLRow? {
        try rows(sql, values.map { $0?.sqlValue ?? .null }).first
    }

    /// The first column of the first row; `nil` if there is no row, or the null value.
    /// - Throws: `StoreProblem`.
    func value<Value: SQLConvertible>(_ sql: String, _ values: (any SQLConvertible)?...) throws -> Value? {
        let row = try rows(sql, values.map { $0?.sqlValue ?? .null }).first
        guard let value = row?.values.first, value != .null else { return nil }
        guard let converted = Value(value) else { throw StoreProblem(.damaged, "a value is of another type") }
        return converted
    }
}

/// A database. Calls wait on threads of its own, not on the cooperative pool.
protocol SQLDatabase: Sendable {
    /// Runs statements that change nothing.
    /// - Throws: `CancellationError` if the task is cancelled; `StoreProblem`; what `body` throws.
    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Runs in one transaction, to its end even if the task is cancelled: what was paid, charged or given back must not be
    /// lost because a client disconnects.
    /// - Parameter body: May be called again, after its changes were undone, if it met those of another transaction.
    /// - Throws: `StoreProblem`; what `body` throws, which undoes its changes.
    @discardableResult
    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value

    /// Writes with one statement, as `write` does.
    /// - Returns: How many rows were inserted, changed or deleted.
    /// - Throws: `StoreProblem`.
    @discardableResult func execute(_ sql: String, _ values: [SQLValue]) async throws -> Int

    /// Writes with one statement that ends in `RETURNING`, as `write` does.
    /// - Throws: `StoreProblem`.
    func change(_ sql: String, _ values: [SQLValue]) async throws -> [SQLRow]

    /// Ends the connections.
    func close()
}

extension SQLDatabase {
    /// Writes with one statement.
    /// - Returns: How many rows were inserted, changed or deleted.
    /// - Throws: `StoreProblem`.
    @discardableResult func execute(_ sql: String, _ values: (any SQLConvertible)?...) async throws -> Int {
        try await execute(sql, values.map { $0?.sqlValue ?? .null })
    }
}
