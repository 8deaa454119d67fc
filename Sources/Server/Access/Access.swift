import Base
import Crypto
import Foundation
import Moderation
import Runtime
import Store
import Synchronization

/// Who may ask, and how much.
final class Access: Sendable {
    private let entries: [KeyEntry]?
    private let allowances: [String: Allowance]
    private let store: Store

    /// - Parameter entries: `nil`: any key is good for anything.
    init(entries: [KeyEntry]?, store: Store) {
        self.entries = entries
        self.store = store
        var allowances: [String: Allowance] = [:]
        for entry in entries ?? [] { allowances[entry.name] = Allowance(rate: entry.rate, atOnce: entry.concurrency) }
        self.allowances = allowances
    }

    var isOpen: Bool { entries == nil }

    /// Checks a key and counts the request. Throws `Refusal`.
    /// - Parameter user: Sightengine's second credential; `nil` where there is none.
    func admit(key: String?, user: String? = nil, dialect: DialectName) throws -> Pass {
        try admit(try entry(key: key, user: user, dialect: dialect))
    }

    /// Admits somebody who is logged in with a key. Throws `Refusal`.
    /// - Parameter name: The key's.
    func admit(name: String, dialect: DialectName) throws -> Pass {
        try admit(try entry(name: name, dialect: dialect))
    }

    /// Checks a key as `admit` does, and counts nothing. Throws `Refusal`.
    func check(key: String, user: String? = nil, dialect: DialectName) throws {
        _ = try entry(key: key, user: user, dialect: dialect)
    }

    /// Checks the key of somebody who is logged in as `admit` does, and counts nothing. Throws `Refusal`.
    func check(name: String, dialect: DialectName) throws { _ = try entry(name: name, dialect: dialect) }

    /// - Parameter entry: `nil`: any key is good.
    private func admit(_ entry: KeyEntry?) throws -> Pass {
        guard let entry else { return Pass(name: "anybody", allowance: nil, store: store) }
        let allowance = allowances[entry.name]
        guard allowance?.enter(at: TimeSource.system.now()) != false else { throw Refusal.tooManyRequests }
        return Pass(
            name: entry.name, quota: entry.quota, policy: entry.policy, allowance: allowance, store: store)
    }

    private func entry(key: String?, user: String?, dialect: DialectName) throws -> KeyEntry? {
        guard let key, !key.isEmpty else { throw Refusal.missingKey }
        guard let entries else { return nil }
        guard let entry = Self.find(key, in: entries), user == nil || user == entry.user else {
            throw Refusal.unknownKey
        }
        return try Self.valid(entry, dialect)
    }

    private func entry(name: String, dialect: DialectName) throws -> KeyEntry? {
        guard let entries else { return nil }
        guard let entry = entries.first(where: { $0.name == name }) else { throw Refusal.inactiveKey }
        return try Self.valid(entry, dialect)
    }

    private static func valid(_ entry: KeyEntry, _ dialect: DialectName) throws -> KeyEntry {
        guard entry.active else { throw Refusal.inactiveKey }
        guard entry.dialects.contains(dialect) else { throw Refusal.keyNotForDialect }
        return entry
    }

    /// Compares digests, each in constant time, with every entry: neither the key nor its place shows in the time taken.
    private static func find(_ key: String, in entries: [KeyEntry]) -> KeyEntry? {
        let digest = SHA256.hash(data: Data(key.utf8))
        var found: KeyEntry?
        for entry in entries where entry.digest == digest { found = entry }
        return found
    }
}

/// An admitted request. Its place among the key's concurrent requests is given back when it is no longer held.
final class Pass: Sendable {
    /// The key's name.
    let name: String
    /// Units it may use in all; `nil`: no limit.
    let quota: Int?
    /// What decides for it; `nil`: what decides for everybody.
    let policy: Policy?
    private let allowance: Allowance?
    private let store: Store

    fileprivate init(name: String, quota: Int? = nil, policy: Policy? = nil, allowance: Allowance?, store: Store) {
        self.name = name
        self.quota = quota
        self.policy = policy
        self.allowance = allowance
        self.store = store
    }

    deinit { allowance?.leave() }

    /// What is told where a key has no limit.
    static let unlimited = Int(Int32.max)

    /// Takes units from the quota, does the work, and gives them back if it fails. Throws `Refusal.quotaSpent`, or what
    /// `body` throws.
    func paying<Result>(_ units: Int, _ body: () async throws -> Result) async throws -> Result {
        guard quota != nil, units > 0 else { return try await body() }
        try await take(units)
        do {
            return try await body()
        } catch {
            try await giveBack(units)
            throw error
        }
    }

    /// For work whose cost shows only while it is done: `body` pays for each picture before it counts, so that a quota is
    /// never overdrawn, however many requests share it. What was paid is given back if it fails. Throws
    /// `Refusal.quotaSpent`, or what `body` throws.
    func paying<Result>(
        eachPicture units: Int,
        _ body: (_ pay: @escaping @Sendable (_ pictures: Int) async throws -> Void) async throws -> Result
    ) async throws -> Result {
        try await requireSome()
        let paid = Mutex(0)
        do {
            return try await body { [self] pictures in
                try await take(pictures * units)
                paid.withLock { $0 += pictures * units }
            }
        } catch {
            try await giveBack(paid.withLock { $0 })
            throw error
        }
    }

    /// Takes units from the quota, all or none. Throws `Refusal.quotaSpent`.
    func take(_ units: Int) async throws {
        guard let quota, units > 0 else { return }
        guard try await store.take(units, key: name, quota: quota) else { throw Refusal.quotaSpent }
    }

    /// Gives units back that turned out not to be due.
    func giveBack(_ units: Int) async throws {
        if quota != nil, units > 0 { try await store.charge(-units, key: name) }
    }

    /// Throws `Refusal.quotaSpent` when nothing is left.
    func requireSome() async throws {
        if try await remaining() <= 0 { throw Refusal.quotaSpent }
    }

    /// Units left; `Pass.unlimited` where there is no limit.
    func remaining() async throws -> Int {
        guard let quota else { return Self.unlimited }
        return max(0, quota - (try await store.used(key: name)))
    }
}

/// A key's requests a second and at once.
final class Allowance: Sendable {
    private struct State {
        var bucket: TokenBucket?
        var running = 0
    }
    private let atOnce: Int?
    private let state: Mutex<State>

    /// - Parameters:
    ///   - rate: Requests a second on average; as many as come in a second may come at once. `nil`: no limit.
    ///   - atOnce: `nil`: no limit.
    init(rate: Double?, atOnce: Int?) {
        self.atOnce = atOnce
        state = Mutex(State(bucket: rate.map(TokenBucket.init)))
    }

    /// Whether another request may run now; if so, `leave()` has to follow.
    func enter(at now: Duration) -> Bool {
        state.withLock { state in
            if let atOnce, state.running >= atOnce { return false }
            guard state.bucket?.takeFree(at: now) != false else { return false }
            state.running += 1
            return true
        }
    }

    func leave() { state.withLock { $0.running -= 1 } }
}
