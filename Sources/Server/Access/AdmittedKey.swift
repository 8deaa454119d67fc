import Moderation
import Store
import Synchronization

/// The API key of one admitted request. Releasing it frees the request's place among the key's concurrent requests.
final class AdmittedKey: Sendable {
    private let entry: KeyEntry?
    private let allowance: Allowance?
    private let store: Store

    /// - Parameters:
    ///   - entry: `nil` if any key is accepted.
    ///   - allowance: Already entered; left on deinit.
    init(_ entry: KeyEntry?, allowance: Allowance?, store: Store) {
        self.entry = entry
        self.allowance = allowance
        self.store = store
    }

    /// The key's name; `anybody` if any key is accepted.
    var name: String { entry?.name ?? "anybody" }

    /// The units it may use in total; `nil` for no limit.
    var quota: Int? { entry?.quota }

    /// What it is for; everything if any key is accepted.
    var roles: Set<KeyRole> { entry?.roles ?? Set(KeyRole.allCases) }

    /// Its own policy; `nil` if the server's applies.
    var policy: Policy? { entry?.policy }

    deinit { allowance?.leave() }

    /// The remaining units that answers report for a key without a limit.
    private static let unlimited = Int(Int32.max)

    /// Charges units, runs `body`, and refunds them if it throws.
    /// - Throws: `Refusal.quotaSpent`, `StoreProblem`, or what `body` throws.
    func charging<Result>(_ units: Int, _ body: () async throws -> Result) async throws -> Result {
        guard quota != nil, units > 0 else { return try await body() }
        try await charge(units)
        do {
            return try await body()
        } catch {
            try await refund(units)
            throw error
        }
    }

    /// Runs work whose cost is only known as it proceeds. `body` calls `pay` for pictures before it uses them, so that
    /// concurrent requests cannot overdraw the quota. All units are refunded if `body` throws.
    /// - Parameter units: The price of one picture.
    /// - Throws: `Refusal.quotaSpent`, `StoreProblem`, or what `body` throws.
    func charging<Result>(
        perPicture units: Int,
        _ body: (_ pay: @escaping @Sendable (_ pictures: Int) async throws -> Void) async throws -> Result
    ) async throws -> Result {
        try await requireQuota()
        let paid = Mutex(0)
        do {
            return try await body { [self] pictures in
                try await charge(pictures * units)
                paid.withLock { $0 += pictures * units }
            }
        } catch {
            try await refund(paid.withLock { $0 })
            throw error
        }
    }

    /// Charges units, all or none.
    /// - Throws: `Refusal.quotaSpent` or `StoreProblem`.
    func charge(_ units: Int) async throws {
        guard let quota, units > 0 else { return }
        guard try await store.take(units, key: name, quota: quota) else { throw Refusal.quotaSpent }
    }

    /// Returns charged units to the quota.
    /// - Throws: `StoreProblem`.
    func refund(_ units: Int) async throws {
        if quota != nil, units > 0 { try await store.charge(-units, key: name) }
    }

    /// Requires at least one remaining unit.
    /// - Throws: `Refusal.quotaSpent` or `StoreProblem`.
    func requireQuota() async throws {
        if try await remaining() <= 0 { throw Refusal.quotaSpent }
    }

    /// The remaining units; `Int32.max` for a key without a limit.
    /// - Throws: `StoreProblem`.
    func remaining() async throws -> Int {
        guard let quota else { return Self.unlimited }
        return max(0, quota - (try await store.used(key: name)))
    }
}
