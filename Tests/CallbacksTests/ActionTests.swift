import Foundation
import Moderation
import Runtime
import Store
import Synchronization
import TestSupport
import Testing

@testable import Callbacks

/// Actions that are carried out.
@Suite(.timeLimit(.minutes(2))) struct ActionTests {
    private func program(_ script: String, _ more: String = "") throws -> ActionFile {
        let quoted = String(decoding: try JSONEncoder().encode(script), as: UTF8.self)
        return try ActionFile(
            yaml: "program: [/bin/sh, -c, \(quoted)]\n\(more)", path: "x.yaml", environment: ["TOKEN": "s3cret"])
    }

    @Test func `a program reads the event, and what it writes is kept`() async throws {
        let end = await LocalPrograms().run(
            "ko", try program("cat; echo; echo oops >&2"), event: Data(#"{"a":1}"#.utf8))
        #expect(end == ProgramEnd(problem: nil, wasEnded: false, output: "{\"a\":1}\noops\n"))
    }

    @Test func `a program that fails is told of by its code, or by the signal that ended it`() async throws {
        let failed = await LocalPrograms().run("ko", try program("exit 7"), event: Data())
        #expect(failed.problem == "the program ended with code 7")
        let killed = await LocalPrograms().run("ko", try program("kill -9 $$"), event: Data())
        #expect(killed.problem == "the program ended with code 137" && !killed.wasEnded)
    }

    @Test func `what a program writes beyond 4 KiB is dropped, and does not stop it`() async throws {
        let end = await LocalPrograms().run("ko", try program("head -c 1000000 /dev/zero | tr '\\0' x"), event: Data())
        #expect(end.problem == nil && end.output == String(repeating: "x", count: 4096))
    }

    @Test func `a program that hangs is ended at its deadline, with all that it has started`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let pids = folder.url.appending(path: "pids").path
        let script = "trap '' TERM; sleep 1000 & echo $$ $! > \(pids); echo begun; while :; do wait; done"
        let end = await LocalPrograms().run("ko", try program(script, "deadline: 1"), event: Data())
        #expect(end == ProgramEnd(problem: "the program was ended after 1 s", wasEnded: true, output: "begun\n"))
        for pid in try String(contentsOfFile: pids, encoding: .utf8).split(whereSeparator: \.isWhitespace) {
            try await gone(try #require(pid_t(pid)))
        }
    }

    /// The other child of the group is somebody else's to wait for.
    private func gone(_ pid: pid_t) async throws {
        while kill(pid, 0) == 0 {
            let status = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
            if status?.contains(") Z ") != false { return }
            await Task.yield()
        }
    }

    @Test func `a cancelled program is ended`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let begun = folder.url.appending(path: "begun").path
        let file = try program("touch \(begun); sleep 1000", "deadline: 300")
        let running = Task { await LocalPrograms().run("ko", file, event: Data()) }
        while !FileManager.default.fileExists(atPath: begun) { await Task.yield() }
        running.cancel()
        #expect(await running.value.wasEnded)
    }

    @Test func `a program gets the variables that its file names, and no other`() async throws {
        setenv("FRAMESIFT_TEST_NAMED", "yes", 1)
        setenv("FRAMESIFT_TEST_OTHER", "no", 1)
        let script = "echo $FRAMESIFT_TEST_NAMED$FRAMESIFT_TEST_OTHER"
        let yaml = "{program: [/bin/sh, -c, \(script)], env: [FRAMESIFT_TEST_NAMED]}"
        let file = try ActionFile(yaml: yaml, path: "x", environment: ["FRAMESIFT_TEST_NAMED": "yes"])
        #expect(await LocalPrograms().run("ko", file, event: Data()).output == "yes\n")
    }

    // MARK: The courier

    private final class JumpingClock: Sendable {
        private let time = Mutex(1_700_000_000.0)

        var clock: TimeSource {
            TimeSource(
                wall: { self.time.withLock { $0 } },
                sleep: { duration in
                    self.time.withLock { $0 += duration / .seconds(1) }
                    await Task.yield()
                }, random: { 1 })
        }
    }

    /// Stores an action, and runs a courier until it has made so many attempts.
    private func carryOut(
        _ file: ActionFile, attempts: Int, environment: [String: String] = [:]
    ) async throws -> (outcomes: [ActionOutcome], left: Int) {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let store = try Store(folder: folder.url)
        let outcomes = Mutex<[ActionOutcome]>([])
        let (told, teller) = AsyncStream.makeStream(of: Void.self)
        let courier = try CallbackCourier(
            store: store, userAgent: "test", secret: nil,
            actions: Actions([.ko: file], programs: LocalPrograms(), environment: environment),
            clock: JumpingClock().clock,
            reportAction: { _, outcome in
                outcomes.withLock { $0.append(outcome) }
                teller.yield()
            })
        let trigger = ActionTrigger(.ko, reason: "test")
        try await courier.owe(trigger, ActionEvent(trigger, media: "m", stream: "s", time: 0, id: "act_1"), media: "m")
        // Nothing is set for this, so nothing is stored.
        let other = ActionTrigger(.review, reason: "test")
        try await courier.owe(other, ActionEvent(other, media: "m", stream: "s", time: 0), media: "m")
        let running = Task { try await courier.run() }
        for await _ in told where outcomes.withLock({ $0.count }) >= attempts { break }
        running.cancel()
        _ = await running.result
        return (outcomes.withLock { $0 }, try await store.countOwed([.action(.ko), .action(.review)]))
    }

    @Test func `an action that fails is tried again after growing waits, and then given up`() async throws {
        let found = try await carryOut(try program("exit 3", "retries: 3\nbackoff: 2"), attempts: 4)
        #expect(found.outcomes.map(\.result) == [.failed, .failed, .failed, .givenUp])
        #expect(found.outcomes.map(\.retryIn) == [2000, 4000, 8000, nil])
        #expect(found.outcomes.map(\.attempts) == [1, 2, 3, 4])
        #expect(found.outcomes.allSatisfy { $0.problem == "the program ended with code 3" && $0.id == "act_1" })
        #expect(found.left == 0)
    }

    @Test func `an action that is done is done once`() async throws {
        let found = try await carryOut(try program("echo done"), attempts: 1)
        #expect(found.outcomes.map(\.result) == [.delivered] && found.outcomes[0].output == "done\n")
        #expect(found.left == 0)
    }

    @Test func `a secret that a program writes is not shown`() async throws {
        let found = try await carryOut(
            try program("echo the token is s3cret", "env: [TOKEN]"), attempts: 1, environment: ["TOKEN": "s3cret"])
        #expect(found.outcomes[0].output == "the token is ***\n")
    }

    @Test func `an action whose address would lack a part is given up at once`() async throws {
        let file = try ActionFile(
            yaml: "request: {url: \"http://127.0.0.1:1/{{publisher.name}}\"}", path: "x", environment: [:])
        let found = try await carryOut(file, attempts: 1)
        #expect(found.outcomes.map(\.result) == [.givenUp])
        #expect(found.outcomes[0].problem?.contains("publisher.name") == true)
    }
}
