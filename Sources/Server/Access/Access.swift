import Digests
import Foundation
import Runtime
import Store

/// Checks API keys and admits requests within each key's limits.
final class Access: Sendable {
    private let entries: [KeyEntry]?
    /// By key name.
    private let allowances: [String: Allowance]
    private let store: Store

    /// - Parameters:
    ///   - entries: The keys; `nil` to accept any key without limits.
    ///   - store: Counts the units that each key uses.
    init(entries: [KeyEntry]?, store: Store) {
        self.entries = entries
        self.store = store
        allowances = Dictionary(
            uniqueKeysWithValues: (entries ?? []).map {
                ($0.name, Allowance(rate: $0.rate, concurrency: $0.concurrency))
            })
    }

    /// Whether any key is accepted.
    var isOpen: Bool { entries == nil }

    /// Checks a key and counts the request against its rate and concurrency.
    /// - Parameter user: Sightengine's second credential; `nil` in other dialects.
    /// - Throws: `Refusal` if the key is missing, wrong or over its limits.
    func admit(key: String?, user: String? = nil, dialect: DialectName) throws(Refusal) -> AdmittedKey {
        try admit(try entry(key: key, user: user, dialect: dialect))
    }

    /// Checks and counts as `admit(key:user:dialect:)` does, for a key that was checked at login.
    /// - Parameter name: The key's name.
    /// - Throws: `Refusal` if the key is no longer valid or over its limits.
    func admit(name: String, dialect: DialectName) throws(Refusal) -> AdmittedKey {
        try admit(try entry(name: name, dialect: dialect))
    }

    /// Checks a key without counting a request.
    /// - Parameter key: `nil` passes, since the key may still come in the body.
    /// - Throws: `Refusal` if the key is wrong.
    func check(key: String?, user: String? = nil, dialect: DialectName) throws(Refusal) {
        if let key { _ = try entry(key: key, user: user, dialect: dialect) }
    }

    /// Checks a key that was checked at login, without counting a request.
    /// - Parameter name: The key's name.
    /// - Throws: `Refusal` if the key is no longer valid.
    func check(name: String, dialect: DialectName) throws(Refusal) { _ = try entry(name: name, dialect: dialect) }

    /// What a key is for. Counts no request.
    func roles(ofKey name: String) -> Set<KeyRole> {
        guard let entries else { return Set(KeyRole.allCases) }
        return entries.first { $0.name == name && $0.active }?.roles ?? []
    }

    /// - Parameter entry: `nil` if any key is accepted.
    private func admit(_ entry: KeyEntry?) throws(Refusal) -> AdmittedKey {
        let allowance = entry.flatMap { allowances[$0.name] }
        guard allowance?.enter(at: TimeSource.system.now()) != false else { throw .tooManyRequests }
        return AdmittedKey(entry, allowance: allowance, store: store)
    }

    private func entry(key: String?, user: String?, dialect: DialectName) throws(Refusal) -> KeyEntry? {
        guard let key, !key.isEmpty else { throw .missingKey }
        guard let entries else { return nil }
        guard let entry = Self.find(key, in: entries), user == nil || user == entry.user else { throw .unknownKey }
        return try Self.valid(entry, dialect)
    }

    private func entry(name: String, dialect: DialectName) throws(Refusal) -> KeyEntry? {
        guard let entries else { return nil }
        guard let entry = entries.first(where: { $0.name == name }) else { throw .inactiveKey }
        return try Self.valid(entry, dialect)
    }

    private static func valid(_ entry: KeyEntry, _ dialect: DialectName) throws(Refusal) -> KeyEntry {
        guard entry.active else { throw .inactiveKey }
        // The dashboard asks for the role that each page needs.
        guard entry.dialects.contains(dialect), dialect == .dashboard || entry.roles.contains(.submit) else {
            throw .keyNotForDialect
        }
        return entry
    }

    /// Compares with every entry, each time in constant time, so that timing reveals neither the key nor its position.
    private static func find(_ key: String, in entries: [KeyEntry]) -> KeyEntry? {
        let digest = Digest(.sha256, of: Data(key.utf8))
        var found: KeyEntry?
        for entry in entries where entry.digest == digest { found = entry }
        return found
    }
}
