import Foundation
import GRDB

/// An SQLite file, or a database in memory.
struct SQLiteDatabase: SQLDatabase {
    let writer: any DatabaseWriter

    init(_ writer: any DatabaseWriter) { self.writer = writer }

    func read<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        try await translated { try await writer.read { try body(SQLiteConnection(database: $0)) } }
    }

    func write<Value: Sendable>(_ body: @escaping @Sendable (any SQLConnection) throws -> Value) async throws -> Value {
        // GRDB rolls back a cancelled task's writes, so they run in a task that is never cancelled.
        try await Task {
            try await translated { try await writer.write { try body(SQLiteConnection(database: $0)) } }
        }.value
    }

    func execute(_ sql: String, _ values: [SQLValue]) async throws -> Int {
        try await write { try $0.run(sql, values) }
    }

    func change(_ sql: String, _ values: [SQLValue]) async throws -> [SQLRow] {
        try await write { try $0.rows(sql, values) }
    }

    func close() { try? writer.close() }

    /// What GRDB throws besides statements' errors, such as that of a commit.
    private func translated<Value>(_ body: () async throws -> Value) async throws -> Value {
        do { return try await body() } catch let error as DatabaseError { throw StoreProblem(error) }
    }
}

private struct SQLiteConnection: SQLConnection {
    let database: Database
    let forUpdate = ""

    func run(_ sql: String, _ values: [SQLValue]) throws -> Int {
        do {
            try database.execute(sql: sql, arguments: values.arguments)
            return database.changesCount
        } catch let error as DatabaseError {
            throw StoreProblem(error)
        }
    }

    func rows(_ sql: String, _ values: [SQLValue]) throws -> [SQLRow] {
        do {
            var columns: [String: Int]?
            return try Row.fetchAll(database, sql: sql, arguments: values.arguments).map { row in
                let names = columns ?? Dictionary(row.columnNames.enumerated().map { ($1, $0) }) { first, _ in first }
                columns = names
                return SQLRow(columns: names, values: row.databaseValues.map(SQLValue.init))
            }
        } catch let error as DatabaseError {
            throw StoreProblem(error)
        }
    }
}

extension [SQLValue] {
    fileprivate var arguments: StatementArguments { StatementArguments(map(\.databaseValue)) }
}

extension SQLValue {
    fileprivate var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let number): number.databaseValue
        case .real(let number): number.databaseValue
        case .text(let text): text.databaseValue
        case .bytes(let bytes): bytes.databaseValue
        case .boolean(let boolean): boolean.databaseValue
        }
    }

    fileprivate init(_ value: DatabaseValue) {
        self =
            switch value.storage {
            case .null: .null
            case .int64(let number): .integer(number)
            case .double(let number): .real(number)
            case .string(let text): .text(text)
            case .blob(let bytes): .bytes(bytes)
            }
    }
}

extension StoreProblem {
    init(_ error: DatabaseError) {
        let kind: Kind =
            switch error.resultCode {
            case .SQLITE_CONSTRAINT: .conflict
            case .SQLITE_READONLY: .readOnly
            case .SQLITE_FULL: .full
            case .SQLITE_BUSY, .SQLITE_LOCKED: .tooSlow
            case .SQLITE_CORRUPT, .SQLITE_NOTADB: .damaged
            case .SQLITE_CANTOPEN, .SQLITE_IOERR: .unavailable
            default: .other("SQLite \(error.resultCode.rawValue)")
            }
        self.init(kind, error.message ?? "\(error.resultCode)")
    }
}
