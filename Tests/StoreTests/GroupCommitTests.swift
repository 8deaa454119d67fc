import Foundation
import Moderation
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Store

private func question(_ digest: String) -> LedgerQuestion {
    LedgerQuestion(digest: digest, judge: "service", categories: [.nudityExplicit])
}

private let judgement = Judgement(probabilities: [.nudityExplicit: 0.25])

extension LedgerClaim {
    fileprivate var name: String {
        switch self {
        case .known: "known"
        case .granted: "granted"
        case .taken: "taken"
        }
    }
}

/// A ledger that writes about several pictures at once, and another process that sees what is on disk.
private struct Group {
    let folder: TemporaryFolder
    let ledger: GroupCommitLedger
    let other: Store
    /// Opened when a test lets answers have waited long enough.
    let patience = Gate()

    init(calls: Int, storePatience: TimeInterval = 5) throws {
        folder = try TemporaryFolder()
        let store = try Store(folder: folder.url, patience: storePatience)
        other = try Store(folder: folder.url)
        let clock = TimeSource(sleep: { [patience] _ in await patience.wait() })
        ledger = GroupCommitLedger(store, calls: calls, patience: .seconds(1), clock: clock)
    }

    func claim(_ digests: [String]) async throws {
        for digest in digests { #expect(try await ledger.claimPicture(question(digest)).name == "granted") }
    }

    func keeping(_ digest: String) -> Task<Void, any Error> {
        Task { try await ledger.keep(judgement, operations: 1, for: question(digest)) }
    }

    func claiming(_ digest: String) -> Task<String, any Error> {
        Task { try await ledger.claimPicture(question(digest)).name }
    }

    /// Asked again and again: what waits is told only to who asks.
    func untilWaiting(claims: Int = 0, endings: Int = 0) async {
        while await ledger.waiting != (claims, endings) { await Task.yield() }
    }

    /// Which pictures' claims are on disk.
    func claimed() async throws -> [String] {
        try await other.database.read { try $0.rows("SELECT picture FROM claim ORDER BY picture") }.map {
            try $0.value("picture")
        }
    }

    func known(_ digests: [String]) async throws -> Int {
        try await other.judgements(digests.map(question)).values.count { $0 == judgement }
    }
}

@Suite(.timeLimit(.minutes(2))) struct GroupCommitTests {
    private let digests = (10..<27).map { "p\($0)" }

    @Test func `answers wait until there are sixteen, and return once they are on disk`() async throws {
        let group = try Group(calls: 17)
        defer { group.folder.remove() }
        try await group.claim(digests)
        let early = digests.prefix(15).map(group.keeping)
        await group.untilWaiting(endings: 15)
        #expect(try await group.known(digests) == 0)
        let last = group.keeping(digests[15])
        for task in early + [last] { try await task.value }
        #expect(try await group.known(digests) == 16)
        #expect(try await group.claimed() == [digests[16]])
    }

    @Test func `an answer waits for others no longer than its patience`() async throws {
        let group = try Group(calls: 2)
        defer { group.folder.remove() }
        try await group.claim(["a", "b"])
        let keeping = group.keeping("a")
        await group.untilWaiting(endings: 1)
        #expect(try await group.known(["a"]) == 0)
        group.patience.open()
        try await keeping.value
        #expect(try await group.known(["a"]) == 1)
        #expect(try await group.claimed() == ["b"])
    }

    @Test func `an answer waits for nothing when no other is on its way`() async throws {
        let group = try Group(calls: 2)
        defer { group.folder.remove() }
        try await group.claim(["a", "b"])
        // The first waits for the second.
        let first = group.keeping("a")
        await group.untilWaiting(endings: 1)
        try await group.keeping("b").value
        try await first.value
        #expect(try await group.known(["a", "b"]) == 2)
    }

    @Test func `a claim without an answer ends at once, and takes along what waits`() async throws {
        let group = try Group(calls: 3)
        defer { group.folder.remove() }
        try await group.claim(["a", "b", "c"])
        let keeping = group.keeping("a")
        await group.untilWaiting(endings: 1)
        try await group.ledger.release(question("b"))
        try await keeping.value
        #expect(try await group.claimed() == ["c"])
        #expect(try await group.known(["a", "b"]) == 1)
    }

    @Test func `claims wait while all calls are busy, and are on disk when they are granted`() async throws {
        let group = try Group(calls: 1)
        defer { group.folder.remove() }
        try await group.claim(["a"])
        let claiming = ["b", "c"].map(group.claiming)
        await group.untilWaiting(claims: 2)
        #expect(try await group.claimed() == ["a"])
        try await group.ledger.keep(judgement, operations: 1, for: question("a"))
        for task in claiming { #expect(try await task.value == "granted") }
        #expect(try await group.claimed() == ["b", "c"])
    }

    @Test func `of those that claim the same at once, one asks`() async throws {
        let group = try Group(calls: 1)
        defer { group.folder.remove() }
        try await group.claim(["a"])
        let claiming = ["b", "b"].map(group.claiming)
        await group.untilWaiting(claims: 2)
        try await group.ledger.keep(judgement, operations: 1, for: question("a"))
        var names: [String] = []
        for task in claiming { names.append(try await task.value) }
        #expect(names.sorted() == ["granted", "taken"])
    }

    @Test func `a claim that waits ends with its task, and others go on`() async throws {
        let group = try Group(calls: 1)
        defer { group.folder.remove() }
        try await group.claim(["a"])
        let (gone, stays) = (group.claiming("b"), group.claiming("c"))
        await group.untilWaiting(claims: 2)
        gone.cancel()
        await #expect(throws: CancellationError.self) { try await gone.value }
        try await group.ledger.keep(judgement, operations: 1, for: question("a"))
        #expect(try await stays.value == "granted")
        #expect(try await group.claimed() == ["c"])
    }

    @Test func `what cannot be written is told to all of a group, but what is known is told`() async throws {
        let group = try Group(calls: 1, storePatience: 0)
        defer { group.folder.remove() }
        try await group.other.keep(judgement, operations: 1, for: question("k"))
        try await group.claim(["a"])
        let (unknown, known) = (group.claiming("b"), group.claiming("k"))
        await group.untilWaiting(claims: 2)
        try await group.other.database.write { try $0.run("ALTER TABLE claim RENAME TO hidden") }
        await #expect(throws: StoreProblem.self) {
            try await group.ledger.keep(judgement, operations: 1, for: question("a"))
        }
        await #expect(throws: StoreProblem.self) { try await unknown.value }
        #expect(try await known.value == "known")
        #expect(try await group.known(["a"]) == 0)
        try await group.other.database.write { try $0.run("ALTER TABLE hidden RENAME TO claim") }
        try await group.claim(["b"])
        // The one whose end could not be written has ended with the next.
        #expect(try await group.claimed() == ["b"])
    }

    @Test(arguments: Backend.allCases)
    func `processes that want the same pictures in other orders pay for each once`(backend: Backend) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let address = backend == .postgreSQL ? try await onThread { try PostgreSQLServer.makeDatabase() } : ""
        let wanted = (0..<150).map { "p\($0)" }
        let paid = Payments()
        try await withThrowingTaskGroup(of: Void.self) { processes in
            for number in 0..<4 {
                let store = try await onThread { [url = folder.url] in
                    switch backend {
                    case .sqlite: try Store(folder: url)
                    case .postgreSQL: try Store(PostgreSQLAddress(address, isSecret: true), folder: url)
                    }
                }
                let ledger = GroupCommitLedger(store, calls: 20, patience: .milliseconds(20))
                for digest in number.isMultiple(of: 2) ? wanted : wanted.reversed() {
                    processes.addTask { try await paid.answer(digest, ledger) }
                }
            }
            try await processes.waitForAll()
        }
        #expect(await paid.counts == Dictionary(uniqueKeysWithValues: wanted.map { ($0, 1) }))
    }
}

/// How often each picture was paid for.
private actor Payments {
    var counts: [String: Int] = [:]

    /// Pays for a picture, or learns what is known of it.
    func answer(_ digest: String, _ ledger: GroupCommitLedger) async throws {
        while true {
            switch try await ledger.claimPicture(question(digest)) {
            case .known: return
            case .taken: await Task.yield()
            case .granted:
                counts[digest, default: 0] += 1
                return try await ledger.keep(judgement, operations: 1, for: question(digest))
            }
        }
    }
}
