import Foundation
import GRDB

/// A call taken from an address's free quota. Keep it to be able to give the call back.
public struct FreeCall: Hashable, Sendable {
    /// Calls left after this one.
    public let left: Int
    let address: String
    /// Unix time of the address's last free call before this one.
    let previous: Double
}

extension Store {
    // MARK: Keys

    /// The units that an API key has used.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func used(key: String) async throws -> Int {
        try await database.read { try Self.used(key: key, $0) }
    }

    private static func used(key: String, _ database: Database) throws -> Int {
        try Int.fetchOne(database, sql: "SELECT used FROM key_usage WHERE key = ?", arguments: [key]) ?? 0
    }

    /// Takes units from a key's quota, all or none.
    /// - Returns: Whether the quota was sufficient.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func take(_ units: Int, key: String, quota: Int) async throws -> Bool {
        try await database.write { database in
            guard try Self.used(key: key, database) + units <= quota else { return false }
            try Self.add(units, key: key, database)
            return true
        }
    }

    /// Adds units to those a key has used; negative units give back.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func charge(_ units: Int, key: String) async throws {
        try await database.write { try Self.add(units, key: key, $0) }
    }

    private static func add(_ units: Int, key: String, _ database: Database) throws {
        try database.execute(
            sql: """
                INSERT INTO key_usage (key, used) VALUES (?, ?)
                ON CONFLICT (key) DO UPDATE SET used = max(0, used + excluded.used)
                """, arguments: [key, units])
    }

    // MARK: Free calls of an address

    private static let day = 86_400.0

    /// The free calls an address has left. The quota renews 24 hours after its last free call.
    /// - Parameter limit: The quota.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func freeCallsLeft(address: String, limit: Int, now: Date) async throws -> Int {
        try await database.read { limit - (try Self.usage(address, now, $0).used) }
    }

    /// Takes a free call.
    /// - Parameter limit: The quota.
    /// - Returns: `nil` if none is left. That does not prolong the 24 hours.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func takeFreeCall(address: String, limit: Int, now: Date) async throws -> FreeCall? {
        try await database.write { database in
            let usage = try Self.usage(address, now, database)
            guard usage.used < limit else { return nil }
            // Quotas that have renewed need no row.
            let expired = now.timeIntervalSince1970 - Self.day
            try database.execute(sql: "DELETE FROM free_calls WHERE last <= ?", arguments: [expired])
            try database.execute(
                sql: "INSERT OR REPLACE INTO free_calls (address, used, last) VALUES (?, ?, ?)",
                arguments: [address, usage.used + 1, now.timeIntervalSince1970])
            return FreeCall(left: limit - usage.used - 1, address: address, previous: usage.last)
        }
    }

    /// Gives a call back, as if it had not been made.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func giveBack(_ call: FreeCall) async throws {
        try await database.execute(
            "UPDATE free_calls SET used = max(0, used - 1), last = ? WHERE address = ?", [call.previous, call.address])
    }

    private static func usage(_ address: String, _ now: Date, _ database: Database) throws -> (used: Int, last: Double)
    {
        let row = try Row.fetchOne(database, sql: "SELECT * FROM free_calls WHERE address = ?", arguments: [address])
        guard let row, now.timeIntervalSince1970 - row["last"] < day else { return (0, now.timeIntervalSince1970) }
        return (row["used"], row["last"])
    }
}
