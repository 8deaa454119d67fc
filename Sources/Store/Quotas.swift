import Foundation

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
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func used(key: String) async throws -> Int {
        try await database.read { try Self.used(key: key, $0) }
    }

    private static func used(key: String, _ database: any SQLConnection) throws -> Int {
        try database.value("SELECT used FROM key_usage WHERE key = ?", key) ?? 0
    }

    /// Takes units from a key's quota, all or none.
    /// - Returns: Whether the quota was sufficient.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func take(_ units: Int, key: String, quota: Int) async throws -> Bool {
        try await database.write { try Self.take(units, key: key, quota: quota, $0) }
    }

    static func take(_ units: Int, key: String, quota: Int, _ database: any SQLConnection) throws -> Bool {
        try database.run(
            """
            INSERT INTO key_usage (key, used) SELECT ?1, ?2 WHERE ?2 <= ?3
            ON CONFLICT (key) DO UPDATE SET used = key_usage.used + excluded.used
                WHERE key_usage.used + excluded.used <= ?3
            """, key, units, quota) > 0
    }

    /// Adds units to those a key has used; negative units give back.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func charge(_ units: Int, key: String) async throws {
        try await database.execute(
            """
            INSERT INTO key_usage (key, used) VALUES (?1, ?3) ON CONFLICT (key) DO UPDATE
                SET used = CASE WHEN key_usage.used + ?2 > 0 THEN key_usage.used + ?2 ELSE 0 END
            """, key, units, max(0, units))
    }

    // MARK: Free calls of an address

    private static let day = 86_400.0

    /// The free calls an address has left. The quota renews 24 hours after its last free call.
    /// - Parameter limit: The quota.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func freeCallsLeft(address: String, limit: Int, now: Date) async throws -> Int {
        try await database.read { limit - (try Self.usage(address, now, $0).used) }
    }

    /// Takes a free call.
    /// - Parameter limit: The quota.
    /// - Returns: `nil` if none is left. That does not prolong the 24 hours.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func takeFreeCall(address: String, limit: Int, now: Date) async throws -> FreeCall? {
        try await database.write { database in
            // The row has to be there to be locked.
            try database.run(
                "INSERT INTO free_calls (address, used, last) VALUES (?, 0, 0) ON CONFLICT (address) DO NOTHING",
                address)
            let usage = try Self.usage(address, now, database, locking: true)
            guard usage.used < limit else { return nil }
            let seconds = now.timeIntervalSince1970
            try database.run(
                "UPDATE free_calls SET used = ?, last = ? WHERE address = ?", usage.used + 1, seconds, address)
            // Quotas that have renewed need no row.
            try database.run("DELETE FROM free_calls WHERE last <= ?", seconds - Self.day)
            return FreeCall(left: limit - usage.used - 1, address: address, previous: usage.last)
        }
    }

    /// Gives a call back, as if it had not been made.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func giveBack(_ call: FreeCall) async throws {
        try await database.execute(
            "UPDATE free_calls SET used = CASE WHEN used > 0 THEN used - 1 ELSE 0 END, last = ? WHERE address = ?",
            call.previous, call.address)
    }

    private static func usage(
        _ address: String, _ now: Date, _ database: any SQLConnection, locking: Bool = false
    ) throws -> (used: Int, last: Double) {
        let row = try database.row(
            "SELECT used, last FROM free_calls WHERE address = ?" + (locking ? database.forUpdate : ""), address)
        let last: Double = try row?.value("last") ?? 0
        guard let row, now.timeIntervalSince1970 - last < day else { return (0, now.timeIntervalSince1970) }
        return (try row.value("used"), last)
    }
}
