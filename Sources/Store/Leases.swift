import Foundation
import Runtime

/// Who still runs. Processes that share a folder tell by locked files, which the system lets go of; those that share a
/// server by leases, which end by the server's clock unless they are renewed.
extension Store {
    /// How long a lease lasts, and how often it is renewed.
    static let leaseTime = Duration.seconds(30), renewalTime = Duration.seconds(10)
    /// How long before a lease ends its process stops to work.
    private static let margin = Duration.seconds(3)
    /// How long to wait after a renewal that failed.
    private static let retryDelay = Duration.seconds(1)
    /// Unix seconds by the server's clock.
    private static let serverTime = "extract(epoch FROM clock_timestamp())"
    /// Unix seconds by the database's clock, in SQL.
    var time: String { isShared ? Self.serverTime : "((julianday('now') - 2440587.5) * 86400.0)" }

    /// What ends a condition on rows, so that it holds only for processes whose lease has not ended.
    /// - Parameter owner: The process's name, in SQL.
    func leaseCondition(_ owner: String) -> String {
        guard isShared, Self.isFenced else { return "" }
        return " AND EXISTS (SELECT 1 FROM process WHERE process.name = \(owner) AND lease > \(Self.serverTime))"
    }

    /// Gives rows of processes that no longer run to somebody else.
    /// - Parameters:
    ///   - table: One with a column `owner`.
    ///   - heir: A process's name; empty for nobody.
    ///   - condition: Which of them, in SQL.
    /// - Returns: How many.
    func handOver(_ table: String, to heir: String, where condition: String) async throws -> Int {
        let those = " AND " + condition
        let gone = try await database.read { [self] database in
            try goneOwners(
                among: database.rows("SELECT DISTINCT owner FROM \(table) WHERE owner <> ''\(those)").map {
                    try $0.value("owner")
                }, database)
        }
        var count = 0
        for owner in gone {
            count += try await database.execute("UPDATE \(table) SET owner = ? WHERE owner = ?\(those)", heir, owner)
        }
        return count
    }

    /// Those processes that no longer run. A lease that has ended is never renewed, so they do not come back.
    func goneOwners(among names: [String], _ database: any SQLConnection) throws -> [String] {
        guard isShared, !names.isEmpty else { return names.filter(owner.isGone) }
        let alive: [String] = try database.rows("SELECT name FROM process WHERE lease > \(Self.serverTime)").map {
            try $0.value("name")
        }
        return names.filter { !alive.contains($0) }
    }

    /// Whether who lost a job writes nothing. Only builds for tests can do without, to show what it is for.
    static let isFenced: Bool = {
        #if DEBUG
            return ProcessInfo.processInfo.environment["FRAMESIFT_TEST_UNFENCED"] == nil
        #else
            return true
        #endif
    }()

    // MARK: This process's lease

    /// Adds a process, and removes those that ended more than a day ago.
    static func register(_ owner: Ownership, _ database: PostgreSQLDatabase) throws {
        try database.transaction { try register(owner.name, $0) }
    }

    private static func register(_ owner: String, _ database: any SQLConnection) throws {
        try database.run("DELETE FROM process WHERE lease < \(serverTime) - 86400")
        try database.run(
            """
            INSERT INTO process (name, host, pid, started, lease)
            VALUES (?, ?, ?, \(serverTime), \(serverTime) + \(leaseTime.components.seconds))
            """, owner, ProcessInfo.processInfo.hostName,
            Int(ProcessInfo.processInfo.processIdentifier))
    }

    /// Keeps this process's lease until the task is cancelled. Returns at once where processes share a folder.
    /// - Parameters:
    ///   - clock: The time source.
    ///   - lost: Called when the lease has ended, or could not be renewed and is about to. Everything that writes by it has
    ///     to have ended when this returns; then the process begins anew under another name.
    /// - Throws: `CancellationError`.
    public func keepLease(clock: TimeSource = .system, lost: @Sendable () async -> Void) async throws {
        guard isShared else { return }
        var end = clock.now() + Self.leaseTime
        while true {
            try await clock.sleep(Self.renewalTime)
            if let renewed = try await renew(until: end - Self.margin, clock) {
                end = renewed
                continue
            }
            // Who has no fences goes on, for tests to see what comes of it.
            guard Self.isFenced else { continue }
            await lost()
            end = try await begin(clock)
        }
    }

    /// - Returns: When the lease ends now; `nil` if it has ended or could not be renewed in time.
    private func renew(until deadline: Duration, _ clock: TimeSource) async throws -> Duration? {
        repeat {
            let asked = clock.now()
            do {
                let count = try await database.execute(
                    """
                    UPDATE process SET lease = \(Self.serverTime) + \(Self.leaseTime.components.seconds)
                    WHERE name = ? AND lease > \(Self.serverTime)
                    """, owner.name)
                return count > 0 ? asked + Self.leaseTime : nil
            } catch is StoreProblem {
                try await clock.sleep(Self.retryDelay)
            }
        } while clock.now() < deadline
        return nil
    }

    private func begin(_ clock: TimeSource) async throws -> Duration {
        while true {
            let (asked, next) = (clock.now(), Ownership())
            do {
                try await database.write { try Self.register(next.name, $0) }
                replaceOwner(with: next)
                return asked + Self.leaseTime
            } catch is StoreProblem {
                try await clock.sleep(Self.retryDelay)
            }
        }
    }

    /// Ends this process's lease, so that others need not wait for its end. Give back its jobs before.
    /// - Throws: `StoreProblem`.
    public func endLease() async throws {
        guard isShared else { return }
        try await database.execute("UPDATE process SET lease = 0 WHERE name = ?", owner.name)
    }
}
