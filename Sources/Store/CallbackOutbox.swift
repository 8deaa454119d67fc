import Foundation
import GRDB

/// A callback that still has to be delivered.
public struct OwedCallback: Hashable, Sendable, Decodable, FetchableRecord {
    /// Ascending in the order the callbacks were stored.
    public var number: Int64
    /// The same for each attempt, so that receivers can recognize repetitions.
    public var id: String
    /// The id of the medium that the callback is about. Callbacks about one medium to one address are delivered in
    /// order.
    public var media: String
    /// The receiver's address.
    public var url: String
    /// The JSON to send.
    public var body: Data
    /// Whether an untrusted client named the address. Then only public addresses are connected to.
    public var isGuarded: Bool
    /// Attempts so far.
    public var attempts: Int
    /// When to try next, in Unix seconds.
    public var nextTry: Double

    private enum CodingKeys: String, CodingKey {
        case number, id, media, url, body, isGuarded = "guarded", attempts, nextTry = "next"
    }
}

/// Callbacks that are stored until they are delivered or given up.
extension Store {
    /// The most callbacks about one medium that may wait for one address.
    private static let maxWaiting = 1000

    /// Stores a callback. It is on disk when this returns.
    /// - Parameters:
    ///   - isGuarded: Whether only public addresses may be connected to.
    ///   - owner: The process that delivers it.
    ///   - now: Unix seconds.
    /// - Returns: False if 1000 callbacks about this medium already wait for the address. Nothing is stored then.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func owe(
        id: String, media: String, url: String, body: Data, isGuarded: Bool, owner: Ownership, now: Double
    ) async throws -> Bool {
        let callback = NewCallback(id: id, url: url, body: body, isGuarded: isGuarded)
        return try await database.write { try Self.insert(callback, media, owner, now, into: $0) }
    }

    /// - Returns: False if too many are already waiting.
    static func insert(
        _ callback: NewCallback, _ media: String, _ owner: Ownership, _ now: Double, into database: Database
    ) throws -> Bool {
        let waiting = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM callback WHERE media = ? AND url = ?",
            arguments: [media, callback.url])
        guard (waiting ?? 0) < maxWaiting else { return false }
        try database.execute(
            sql: """
                INSERT INTO callback (id, media, url, body, guarded, owner, owed, attempts, next)
                VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)
                """,
            arguments: [callback.id, media, callback.url, callback.body, callback.isGuarded, owner.name, now, now])
        return true
    }

    /// The oldest callback of each medium and address that this process has to deliver; 256 at most, by next attempt.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func firstOwed(owner: Ownership) async throws -> [OwedCallback] {
        try await database.read { database in
            try OwedCallback.fetchAll(
                database,
                sql: """
                    SELECT * FROM callback WHERE owner = ? AND number IN
                        (SELECT min(number) FROM callback GROUP BY media, url) ORDER BY next, number LIMIT 256
                    """, arguments: [owner.name])
        }
    }

    /// The number of callbacks that this process has to deliver.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func countOwed(owner: Ownership) async throws -> Int {
        try await database.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM callback WHERE owner = ?", arguments: [owner.name]) ?? 0
        }
    }

    /// Notes a failed attempt.
    /// - Parameter next: When to try again, in Unix seconds.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func postpone(_ callback: OwedCallback, until next: Double) async throws {
        try await database.execute(
            "UPDATE callback SET attempts = attempts + 1, next = ? WHERE number = ?", [next, callback.number])
    }

    /// Removes a callback that was delivered or given up.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func settle(_ callback: OwedCallback) async throws {
        try await database.execute("DELETE FROM callback WHERE number = ?", [callback.number])
    }

    /// Takes over callbacks of processes that no longer run. Jobs stay: not every process can run them.
    /// - Throws: `DatabaseError` or `StoreProblem`.
    public func adoptCallbacks(for owner: Ownership) async throws { try await adopt("callback", for: owner) }

    func adopt(_ table: String, for owner: Ownership) async throws {
        let others = try await database.read { try String.fetchAll($0, sql: "SELECT DISTINCT owner FROM \(table)") }
        for other in others where owner.isGone(other) {
            try await database.execute("UPDATE \(table) SET owner = ? WHERE owner = ?", [owner.name, other])
        }
    }
}
