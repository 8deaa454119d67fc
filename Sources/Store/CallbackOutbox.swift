import Foundation
import Moderation

/// What is delivered: a callback, or an action that the operator has set.
public enum DeliveryKind: Hashable, Sendable {
    case callback
    case action(ActionTrigger.Kind)

    /// As it is stored.
    var name: String {
        switch self {
        case .callback: "callback"
        case .action(let kind): kind.rawValue
        }
    }

    init(name: String) { self = ActionTrigger.Kind(rawValue: name).map(Self.action) ?? .callback }
}

/// A callback or action that still has to be delivered.
public struct OwedCallback: Hashable, Sendable {
    /// What it is.
    public var kind: DeliveryKind
    /// Ascending in the order the callbacks were stored.
    public var number: Int64
    /// The same for each attempt, so that receivers can recognize repetitions.
    public var id: String
    /// The id of the medium that the callback is about. Callbacks about one medium to one address are delivered in
    /// order.
    public var media: String
    /// The receiver's address; of an action, its name.
    public var url: String
    /// The JSON to send; of an action, the event's.
    public var body: Data
    /// Whether an untrusted client named the address. Then only public addresses are connected to.
    public var isGuarded: Bool
    /// Attempts so far.
    public var attempts: Int
    /// When to try next, in Unix seconds.
    public var nextTry: Double
    /// The process that delivers it.
    let owner: String

    init(_ row: SQLRow) throws {
        kind = DeliveryKind(name: try row.value("kind"))
        number = try row.value("number")
        id = try row.value("id")
        media = try row.value("media")
        url = try row.value("url")
        body = try row.value("body")
        isGuarded = try row.value("guarded")
        attempts = try row.value("attempts")
        nextTry = try row.value("next")
        owner = try row.value("owner")
    }
}

/// A callback or action to store together with the change of a job that it reports.
public struct NewCallback: Hashable, Sendable {
    /// What it is.
    public var kind = DeliveryKind.callback
    /// The callback's id and the receiver's address.
    public var id, url: String
    /// The JSON to send.
    public var body: Data
    /// Whether only public addresses may be connected to.
    public var isGuarded: Bool

    /// Creates a callback from its values.
    public init(id: String, url: String, body: Data, isGuarded: Bool) {
        self.id = id
        self.url = url
        self.body = body
        self.isGuarded = isGuarded
    }

    /// An action. Those of one medium and one kind are done in order.
    /// - Parameter event: What it is told, JSON.
    public init(_ kind: ActionTrigger.Kind, id: String, event: Data) {
        self.init(id: id, url: "on-" + kind.rawValue, body: event, isGuarded: false)
        self.kind = .action(kind)
    }
}

/// Callbacks that are stored until they are delivered or given up.
extension Store {
    /// The most callbacks about one medium that may wait for one address.
    private static let maxWaiting = 1000

    /// Stores a callback for this process to deliver. It is on disk when this returns.
    /// - Parameters:
    ///   - media: The id of the medium that it is about.
    ///   - now: Unix seconds.
    /// - Returns: False if 1000 callbacks about this medium already wait for the address. Nothing is stored then.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func owe(_ callback: NewCallback, media: String, now: Double) async throws -> Bool {
        try await database.write { [owner] in try Self.insert(callback, media, owner.name, now, into: $0) }
    }

    /// - Returns: False if too many are already waiting.
    static func insert(
        _ callback: NewCallback, _ media: String, _ owner: String, _ now: Double, into database: any SQLConnection
    ) throws -> Bool {
        let waiting: Int? = try database.value(
            "SELECT count(*) FROM callback WHERE media = ? AND url = ?", media, callback.url)
        guard (waiting ?? 0) < maxWaiting else { return false }
        // A write whose end was not heard of may have stored it.
        try database.run(
            """
            INSERT INTO callback (kind, id, media, url, body, guarded, owner, owed, attempts, next)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, 0, ?) ON CONFLICT (id) DO NOTHING
            """, callback.kind.name, callback.id, media, callback.url, callback.body, callback.isGuarded, owner, now,
            now)
        return true
    }

    /// The oldest callback of each medium and address that this process has to deliver; 256 at most, by next attempt.
    /// - Parameter kinds: Those that this process can deliver.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func firstOwed(_ kinds: Set<DeliveryKind> = [.callback]) async throws -> [OwedCallback] {
        try await database.read { [owner] database in
            try database.rows(
                """
                SELECT * FROM callback WHERE owner = ? AND kind IN \(Self.list(kinds)) AND number IN
                    (SELECT min(number) FROM callback GROUP BY media, url) ORDER BY next, number LIMIT 256
                """, owner.name
            ).map(OwedCallback.init)
        }
    }

    /// The number of callbacks that this process has to deliver.
    /// - Parameter kinds: Those that this process can deliver.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func countOwed(_ kinds: Set<DeliveryKind> = [.callback]) async throws -> Int {
        try await database.read { [owner] in
            try $0.value(
                "SELECT count(*) FROM callback WHERE owner = ? AND kind IN \(Self.list(kinds))", owner.name) ?? 0
        }
    }

    /// In SQL. Names of kinds are words.
    private static func list(_ kinds: Set<DeliveryKind>) -> String {
        "(" + kinds.map { "'\($0.name)'" }.sorted().joined(separator: ", ") + ")"
    }

    /// Notes a failed attempt, unless somebody else has taken the callback over.
    /// - Parameter next: When to try again, in Unix seconds.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func postpone(_ callback: OwedCallback, until next: Double) async throws {
        try await database.execute(
            "UPDATE callback SET attempts = attempts + 1, next = ? WHERE number = ? AND owner = ?", next,
            callback.number, callback.owner)
    }

    /// Removes a callback that was delivered or given up.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func settle(_ callback: OwedCallback) async throws {
        try await database.execute("DELETE FROM callback WHERE number = ?", callback.number)
    }

    /// Takes over callbacks of processes that no longer run.
    /// - Parameter kinds: Those that this process can deliver. The others are left to one that can.
    /// - Returns: How many.
    /// - Throws: `StoreProblem`.
    @discardableResult public func adoptCallbacks(_ kinds: Set<DeliveryKind> = [.callback]) async throws -> Int {
        try await handOver("callback", to: owner.name, where: "kind IN \(Self.list(kinds))")
    }
}
