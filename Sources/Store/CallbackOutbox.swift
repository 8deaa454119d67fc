import Foundation
import GRDB

/// A callback that is owed to somebody.
public struct OwedCallback: Hashable, Sendable {
    /// In the order they were owed.
    public var number: Int64
    /// The same for each try; receivers tell repetitions by it.
    public var id: String
    /// Callbacks about one medium to one address are delivered in order.
    public var media: String
    public var url: String
    public var body: Data
    /// Strangers named the address: only public ones are connected to.
    public var isGuarded: Bool
    /// Tries so far.
    public var attempts: Int
    /// Unix seconds.
    public var nextTry: Double
}

/// Callbacks owed, kept until they are delivered or given up.
extension Store {
    /// Callbacks about one medium to one address that may wait at once; further ones are refused.
    private static let mostWaiting = 1000

    /// Notes what is owed. It is on disk when this returns.
    /// - Returns: False when too many wait already, and it was not noted.
    public func owe(
        id: String, media: String, url: String, body: Data, isGuarded: Bool, owner: Ownership, now: Double
    ) async throws -> Bool {
        let callback = NewCallback(id: id, url: url, body: body, isGuarded: isGuarded)
        return try await database.write { try Self.insert(callback, media, owner, now, into: $0) }
    }

    /// False when too many wait already.
    static func insert(
        _ callback: NewCallback, _ media: String, _ owner: Ownership, _ now: Double, into database: Database
    ) throws -> Bool {
        let waiting = try Int.fetchOne(
            database, sql: "SELECT count(*) FROM callback WHERE media = ? AND url = ?",
            arguments: [media, callback.url])
        guard (waiting ?? 0) < mostWaiting else { return false }
        try database.execute(
            sql: """
                INSERT INTO callback (id, media, url, body, guarded, owner, owed, attempts, next)
                VALUES (?, ?, ?, ?, ?, ?, ?, 0, ?)
                """,
            arguments: [callback.id, media, callback.url, callback.body, callback.isGuarded, owner.name, now, now])
        return true
    }

    /// The first callback of each medium and address that is this process's to deliver.
    public func firstOwed(owner: Ownership) async throws -> [OwedCallback] {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM callback WHERE owner = ? AND number IN
                        (SELECT min(number) FROM callback GROUP BY media, url) ORDER BY next, number LIMIT 256
                    """, arguments: [owner.name]
            ).map {
                OwedCallback(
                    number: $0["number"], id: $0["id"], media: $0["media"], url: $0["url"], body: $0["body"],
                    isGuarded: $0["guarded"], attempts: $0["attempts"], nextTry: $0["next"])
            }
        }
    }

    /// How many are owed by this process.
    public func countOwed(owner: Ownership) async throws -> Int {
        try await database.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM callback WHERE owner = ?", arguments: [owner.name]) ?? 0
        }
    }

    /// A try failed; there will be another.
    public func postpone(_ callback: OwedCallback, until next: Double) async throws {
        try await database.write {
            try $0.execute(
                sql: "UPDATE callback SET attempts = attempts + 1, next = ? WHERE number = ?",
                arguments: [next, callback.number])
        }
    }

    /// It was delivered, or given up.
    public func settle(_ callback: OwedCallback) async throws {
        try await database.write {
            try $0.execute(sql: "DELETE FROM callback WHERE number = ?", arguments: [callback.number])
        }
    }

    /// Takes over the callbacks that processes that are gone have left. Their jobs are for those who can run them.
    public func adoptCallbacks(for owner: Ownership) async throws { try await adopt("callback", for: owner) }

    func adopt(_ table: String, for owner: Ownership) async throws {
        let others = try await database.read { try String.fetchAll($0, sql: "SELECT DISTINCT owner FROM \(table)") }
        for other in others where owner.isGone(other) {
            try await database.write { database in
                try database.execute(
                    sql: "UPDATE \(table) SET owner = ? WHERE owner = ?", arguments: [owner.name, other])
            }
        }
    }
}
