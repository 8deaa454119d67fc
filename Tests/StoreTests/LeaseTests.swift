import Foundation
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Store

/// A process that keeps its lease, by a clock that a test moves: each sleep lasts no time, and is told.
private final class Keeper: Sendable {
    /// When the process asked for the lease, or lost it, by the injected clock.
    struct Event: Hashable, Sendable, CustomStringConvertible {
        let what: String
        let seconds: Int
        var description: String { "\(what) at \(seconds) s" }
    }

    let store: Store
    private let folder: TemporaryFolder
    private let time = Mutex(Duration.zero)
    private let told = Mutex<[Event]>([])
    var events: [Event] { told.withLock { $0 } }

    init() async throws {
        let folder = try TemporaryFolder()
        self.folder = folder
        store = try await onThread {
            try Store(PostgreSQLAddress(PostgreSQLServer.makeDatabase(), isSecret: true), folder: folder.url)
        }
    }

    deinit { folder.remove() }

    /// Keeps the lease until the injected clock says `end`.
    /// - Parameter wake: Called after each sleep, with the time in seconds.
    func run(until end: Int, wake: @escaping @Sendable (Int) async throws -> Void) async {
        let clock = TimeSource(
            now: { [self] in time.withLock { $0 } },
            sleep: { [self] span in
                let now = time.withLock { time in
                    time += span
                    return Int(time.components.seconds)
                }
                told.withLock { $0.append(Event(what: "awake", seconds: now)) }
                guard now <= end else { throw CancellationError() }
                try await wake(now)
            })
        await #expect(throws: CancellationError.self) {
            try await store.keepLease(clock: clock) { [self] in
                let now = time.withLock { Int($0.components.seconds) }
                told.withLock { $0.append(Event(what: "lost", seconds: now)) }
            }
        }
    }

    /// How long the lease lasts from now on, by the database's clock.
    func secondsLeft() async throws -> Double {
        let name = store.owner.name
        return try await store.database.read { database in
            try database.value("SELECT lease - extract(epoch FROM clock_timestamp()) FROM process WHERE name = ?", name)
                ?? 0
        }
    }

    func change(_ sql: String) async throws { try await store.database.execute(sql) }
}

/// Leases of 30 s, renewed every 10 s, left 3 s before they end.
@Suite(.timeLimit(.minutes(2))) struct LeaseTests {
    private typealias Event = Keeper.Event
    private func awake(_ seconds: Int...) -> [Event] { seconds.map { Event(what: "awake", seconds: $0) } }

    @Test func `a lease is renewed every ten seconds, for thirty`() async throws {
        let keeper = try await Keeper()
        let left = Mutex<[Double]>([])
        await keeper.run(until: 30) { now in
            // What the renewal before has made of it.
            let seconds = try await keeper.secondsLeft()
            if now > 10 { left.withLock { $0.append(seconds) } }
            try await keeper.change("UPDATE process SET lease = extract(epoch FROM clock_timestamp()) + 5")
        }
        #expect(keeper.events == awake(10, 20, 30, 40))
        let all = left.withLock { $0 }
        #expect(all.count == 2 && all.allSatisfy { (15...30).contains($0) }, "\(all)")
    }

    @Test func `a renewal that fails is tried again every second`() async throws {
        let keeper = try await Keeper()
        let name = keeper.store.owner.name
        await keeper.run(until: 30) { now in
            if now == 10 { try await keeper.change("ALTER TABLE process RENAME TO hidden") }
            if now == 14 { try await keeper.change("ALTER TABLE hidden RENAME TO process") }
        }
        #expect(keeper.events == awake(10, 11, 12, 13, 14, 24, 34))
        #expect(keeper.store.owner.name == name)
        #expect(try await keeper.secondsLeft() > 15)
    }

    @Test func `who cannot renew stops three seconds before the lease ends, and begins anew`() async throws {
        let keeper = try await Keeper()
        let name = keeper.store.owner.name
        await keeper.run(until: 40) { now in
            // It was renewed at 10 s, so it ends at 40 s.
            if now == 20 { try await keeper.change("ALTER TABLE process RENAME TO hidden") }
            if now == 39 { try await keeper.change("ALTER TABLE hidden RENAME TO process") }
        }
        let lost = keeper.events.filter { $0.what == "lost" }
        #expect(lost == [Event(what: "lost", seconds: 37)])
        #expect(Array(keeper.events.suffix(4)) == lost + awake(38, 39, 49))
        #expect(keeper.store.owner.name != name)
        #expect(try await keeper.secondsLeft() > 15)
    }

    @Test func `a lease that has ended is noticed at the next renewal, and never comes back`() async throws {
        let keeper = try await Keeper()
        let name = keeper.store.owner.name
        await keeper.run(until: 30) { now in
            if now == 20 { try await keeper.change("UPDATE process SET lease = lease - 100") }
        }
        #expect(keeper.events == awake(10, 20) + [Event(what: "lost", seconds: 20)] + awake(30, 40))
        #expect(keeper.store.owner.name != name)
        let isOver = try await keeper.store.database.read { database in
            try database.value("SELECT lease < extract(epoch FROM clock_timestamp()) FROM process WHERE name = ?", name)
                as Bool?
        }
        #expect(isOver == true)
    }
}
