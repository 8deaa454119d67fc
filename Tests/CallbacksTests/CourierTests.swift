import Foundation
import Moderation
import Runtime
import Store
import Synchronization
import TestSupport
import Testing

@testable import Callbacks

@Suite struct CourierTests {
    /// A clock that jumps to wherever somebody wants to wait for.
    private final class JumpingClock: Sendable {
        private let time = Mutex(1_700_000_000.0)
        let waits = Mutex<[Double]>([])

        var clock: TimeSource {
            TimeSource(
                wall: { self.time.withLock { $0 } },
                sleep: { duration in
                    self.waits.withLock { $0.append(duration / .seconds(1)) }
                    self.time.withLock { $0 += duration / .seconds(1) }
                    await Task.yield()
                })
        }
    }

    private final class Outcomes: Sendable {
        let all = Mutex<[(id: String, outcome: CallbackOutcome)]>([])
        let (stream, continuation) = AsyncStream.makeStream(of: Void.self)

        func add(_ callback: OwedCallback, _ outcome: CallbackOutcome) {
            all.withLock { $0.append((callback.id, outcome)) }
            continuation.yield()
        }

        /// Returns once so many tries were made.
        func wait(for count: Int) async {
            for await _ in stream where all.withLock({ $0.count }) >= count { return }
        }
    }

    /// Runs a courier against a receiver that answers with these statuses, one after the other, and then 200.
    private func deliver(
        _ statuses: [Int], bodies: [String], tries: Int, aboutOneMedium: Bool = true
    ) async throws -> (outcomes: [CallbackOutcome], waits: [Double], taken: [String], left: Int) {
        let receiver = try StatusServer(statuses)
        defer { receiver.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try Store(folder: folder.url)
        let clock = JumpingClock()
        let outcomes = Outcomes()
        let courier = try CallbackCourier(
            store: store, userAgent: "test", secret: nil, clock: clock.clock,
            report: { outcomes.add($0, $1) })
        for body in bodies {
            try await courier.owe(
                Data(body.utf8), media: aboutOneMedium ? "m" : body, to: receiver.address, isGuarded: false)
        }
        let running = Task { try await courier.run() }
        await outcomes.wait(for: tries)
        running.cancel()
        _ = await running.result
        let left = try await store.countOwed()
        return (
            outcomes.all.withLock { $0.map(\.outcome) }, clock.waits.withLock { $0 }.filter { $0 >= 1 },
            receiver.stop(), left
        )
    }

    @Test func `a callback that is not taken is tried after 5 s, 30 s, 2 min, 10 min and 1 h, and then given up`()
        async throws
    {
        let found = try await deliver([500, 503, 404, 301, 401, 500], bodies: ["one"], tries: 6)
        #expect(found.waits.map { $0.rounded() } == [5, 30, 120, 600, 3600])
        #expect(found.outcomes.last == .givenUp("HTTP 500"))
        #expect(found.left == 0)
        #expect(found.taken == Array(repeating: "one", count: 6))
    }

    @Test func `only 2xx is taken`() async throws {
        let found = try await deliver([302, 204], bodies: ["one"], tries: 2)
        #expect(found.outcomes.last == .delivered)
        #expect(found.outcomes.first != .delivered)
    }

    @Test func `where nothing fails, each is delivered once`() async throws {
        let bodies = (0..<200).map { "body \($0)" }
        // Many at once, so that some are delivered while the list of what is owed is read.
        let found = try await deliver([], bodies: bodies, tries: bodies.count, aboutOneMedium: false)
        #expect(found.taken.sorted() == bodies.sorted())
        #expect(found.left == 0 && found.outcomes.count == bodies.count)
    }

    @Test func `callbacks about one medium keep their order while the first is tried again`() async throws {
        let found = try await deliver([500, 500], bodies: ["one", "two", "three"], tries: 5)
        #expect(found.taken == ["one", "one", "one", "two", "three"])
        #expect(found.left == 0)
    }

    @Test func `what a dead process owed is taken over, what a living one owes is not`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        var first: Store? = try Store(folder: folder.url)
        let callback = NewCallback(id: "e", url: "http://127.0.0.1:1/", body: Data(), isGuarded: false)
        _ = try await first?.owe(callback, media: "m", now: 0)
        let second = try Store(folder: folder.url)
        #expect(try await second.adoptCallbacks() == 0)
        #expect(try await second.countOwed() == 0)
        withExtendedLifetime(first) {}
        first = nil
        #expect(try await second.adoptCallbacks() == 1)
        #expect(try await second.countOwed() == 1)
    }

    @Test func `a stranger's address is called only if it is a public one`() async throws {
        let receiver = try StatusServer([])
        defer { receiver.stop() }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try Store(folder: folder.url)
        let outcomes = Outcomes()
        let courier = try CallbackCourier(
            store: store, userAgent: "test", secret: nil, clock: JumpingClock().clock,
            report: { outcomes.add($0, $1) })
        try await courier.owe(Data("open".utf8), media: "1", to: receiver.address, isGuarded: false)
        try await courier.owe(Data("guarded".utf8), media: "2", to: receiver.address, isGuarded: true)
        let running = Task { try await courier.run() }
        await outcomes.wait(for: 7)
        running.cancel()
        _ = await running.result
        #expect(receiver.stop() == ["open"])
    }

    /// RFC 4231's second test case for HMAC-SHA-256 has this key; the code is what `openssl dgst -hmac` gives.
    @Test func `signatures are what openssl computes`() throws {
        let body = Data(#"{"a":1}"#.utf8)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "signed")
        try (Data("1700000000.".utf8) + body).write(to: file)
        let finished = try run("openssl", ["dgst", "-sha256", "-hmac", "Jefe", "-r", file.path])
        let code = finished.text.prefix(64)
        #expect(code.count == 64)
        #expect(CallbackSignature.value(body: body, secret: "Jefe", time: 1_700_000_000) == "t=1700000000,v1=\(code)")
    }
}

/// Answers posts with the statuses it is given, one after the other, and then with 200; keeps the bodies.
private final class StatusServer {
    let address: String
    private let program: RunningProgram

    init(_ statuses: [Int]) throws {
        program = try Python(program: "Callbacks/status-server.py", statuses.map(String.init)).start()
        address = "http://127.0.0.1:\(program.announcement)/"
    }

    /// Ends it and returns the bodies that came.
    @discardableResult func stop() -> [String] { program.stop() }
}
