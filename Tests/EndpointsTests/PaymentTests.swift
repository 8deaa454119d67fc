import Foundation
import Moderation
import Reports
import Runtime
import Store
import Synchronization
import TestSupport
import Testing

@testable import Endpoints

/// A ledger whose disk is full while it is told so: claims go through, answers are not kept.
private final class FullLedger: Ledger {
    private struct Full: Error, CustomStringConvertible { let description = "The disk is full" }
    private let store: Store
    let isFull: Mutex<Bool>

    init(isFull: Bool = true) throws {
        store = try Store()
        self.isFull = Mutex(isFull)
    }

    func judgement(_ question: LedgerQuestion) async throws -> Judgement? { try await store.judgement(question) }
    func claimPicture(_ question: LedgerQuestion) async throws -> LedgerClaim<Judgement> {
        try await store.claimPicture(question)
    }
    func claimVideo(_ question: LedgerQuestion) async throws -> LedgerClaim<[NativeFrame]> {
        try await store.claimVideo(question)
    }
    func release(_ question: LedgerQuestion) async throws { try await store.release(question) }
    func keep(_ judgement: Judgement, operations: Int, for question: LedgerQuestion) async throws {
        if isFull.withLock({ $0 }) { throw Full() }
        try await store.keep(judgement, operations: operations, for: question)
    }
    func keep(_ frames: [NativeFrame], operations: Int, for question: LedgerQuestion) async throws {
        if isFull.withLock({ $0 }) { throw Full() }
        try await store.keep(frames, operations: operations, for: question)
    }
}

/// What is paid for is paid once, and is not thrown away.
@Suite struct PaymentTests {
    private func account(_ server: FaultServer) throws -> Account {
        try Account(
            .picpurify, environment: ["PICPURIFY_API_KEY": "k", "PICPURIFY_URL": server.address])
    }

    private func judge(_ server: FaultServer, _ ledger: any Ledger, isFinal: Bool = true) throws -> ServiceJudge {
        var rules = CallingRules(concurrency: 1, rate: nil)
        rules.isFinal = isFinal
        return try ServiceJudge(try account(server), userAgent: "test", ledger: ledger, rules: rules)
    }

    @Test func `an answer that cannot be kept counts, and nothing more is paid for`() async throws {
        let server = try FaultServer([.picPurify(isPorn: true)])
        let judge = try judge(server, FullLedger())
        let answer = try await judge.judge(Bytes(content: [0]), for: [.nudityExplicit])
        #expect(answer.probabilities == [.nudityExplicit: 0.99])
        for index in 1..<4 {
            let stop = await #expect(throws: JudgeStop.self) {
                try await judge.judge(Bytes(content: [UInt8(index)]), for: [.nudityExplicit])
            }
            #expect(stop?.kind == .unavailable && stop?.description.hasPrefix("The disk is full; what is paid") == true)
        }
        #expect(server.stop().count == 1 && judge.spending?.operations == 1)
    }

    @Test func `a server's judge asks again when answers can be kept again`() async throws {
        let server = try FaultServer([.picPurify(isPorn: false)])
        let ledger = try FullLedger()
        let judge = try judge(server, ledger, isFinal: false)
        _ = try await judge.judge(Bytes(content: [0]), for: [.nudityExplicit])
        ledger.isFull.withLock { $0 = false }
        for _ in 0..<2 { _ = try await judge.judge(Bytes(content: [1]), for: [.nudityExplicit]) }
        #expect(server.stop().count == 2)
    }

    @Test func `a whole video's answer that cannot be kept counts, and nothing more is paid for`() async throws {
        let server = try FaultServer([try .picPurifyVideo()])
        let judge = try NativeVideoJudge(try account(server), userAgent: "test", ledger: try FullLedger())
        let video = VideoReference.file(path: #filePath)
        func ask(every interval: Double) async throws -> [NativeFrame] {
            try await judge.judge(video, interval: interval, duration: nil, for: [.nudityExplicit, .gore])
        }
        #expect(try await ask(every: 1).count == 2)
        let stop = await #expect(throws: JudgeStop.self) { try await ask(every: 2) }
        #expect(stop?.kind == .unavailable)
        #expect(server.stop().count == 1 && judge.spending?.operations == 4)
    }

    @Test func `whoever waits for another process's answer can be cancelled`() async throws {
        let server = try FaultServer([.picPurify(isPorn: false)])
        // The control: where nobody else asks, it is answered.
        _ = try await judge(server, Store()).judge(Bytes(content: [0]), for: [.nudityExplicit])
        let (waits, continuation) = AsyncStream.makeStream(of: Void.self)
        let clock = TimeSource(
            sleep: { _ in
                continuation.yield()
                try await waitForEver()
            }, random: { 1 })
        let waiting = try ServiceJudge(
            try account(server), userAgent: "test", ledger: Taken(), rules: CallingRules(concurrency: 1, rate: nil),
            clock: clock)
        let task = Task { try await waiting.judge(Bytes(content: [1]), for: [.nudityExplicit]) }
        for await _ in waits { break }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
        #expect(server.stop().count == 1)
    }

    @Test func `whoever waits for the answer to another gets one even if the other goes away`() async throws {
        let server = try FaultServer([FaultServer.Behaviour(kind: "silence"), .picPurify(isPorn: false)])
        let ledger = try FullLedger(isFull: false)
        let judge = try judge(server, ledger)
        let first = Task { try await judge.judge(Bytes(), for: [.nudityExplicit]) }
        try await server.waitForRequest()
        let second = Task { try await judge.judge(Bytes(), for: [.nudityExplicit]) }
        // Asked again and again: whoever waits for another's answer does nothing else that could be waited for.
        while judge.spending?.known != 1 { await Task.yield() }
        first.cancel()
        await #expect(throws: CancellationError.self) { try await first.value }
        #expect(try await second.value.probabilities == [.nudityExplicit: 1 - 0.99])
        #expect(judge.spending?.operations == 1 && judge.spending?.known == 0)
        _ = server.stop()
    }

    @Test func `while one process is asking, another waits for its answer and pays nothing`() async throws {
        var held = FaultServer.Behaviour.picPurify(isPorn: false)
        held.isHeld = true
        let server = try FaultServer([held])
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let (waits, waiting) = AsyncStream.makeStream(of: Void.self)
        let clock = TimeSource(
            sleep: { _ in
                waiting.yield()
                await Task.yield()
            }, random: { 1 })
        let judges = try (0..<2).map { _ in
            try ServiceJudge(
                try account(server), userAgent: "test", ledger: try Store(folder: folder.url),
                rules: CallingRules(concurrency: 1, rate: nil), clock: clock)
        }
        let answers = judges.map { judge in Task { try await judge.judge(Bytes(), for: [.nudityExplicit]) } }
        // Whichever came second.
        for await _ in waits { break }
        try server.release()
        for answer in answers { #expect(try await answer.value.probabilities == [.nudityExplicit: 1 - 0.99]) }
        #expect(judges.compactMap { $0.spending?.operations }.sorted() == [0, 1])
        #expect(server.stop().count == 1)
    }

    // MARK: The program

    private func arguments(_ mode: String) -> [String] {
        [
            "check", Fixtures.sample("qr.mp4"), "--provider", "picpurify", "--task", "porn_moderation",
            "--frame-interval", "0.6", "--rate", "1000", "--mode", mode, "--format", "json",
        ]
    }

    private func environment(_ server: FaultServer, state: URL) -> [String: String] {
        [
            "PICPURIFY_API_KEY": "k", "PICPURIFY_URL": server.address,
            "XDG_STATE_HOME": state.path,
        ]
    }

    /// Runs once, where inserting into a table of the state fails.
    private func run(
        refusing table: String?, _ server: FaultServer
    ) throws -> (finished: Finished, result: ModerationResult, requests: Int) {
        let state = try TemporaryFolder()
        defer { state.remove() }
        let folder = state.url.appending(path: "framesift")
        _ = try Store(folder: folder)
        if let table {
            let trigger = "CREATE TRIGGER t BEFORE INSERT ON \(table) BEGIN SELECT RAISE(FAIL, 'no room'); END"
            try Python(
                lines: "import sqlite3, sys; sqlite3.connect(sys.argv[1]).execute(sys.argv[2])",
                [folder.appending(path: "framesift.sqlite").path, trigger]
            ).run().ending()
        }
        let finished = try TestSupport.run(
            ServerProgram.path, arguments("frames") + ["--concurrency", "1"],
            environment: environment(server, state: state.url))
        return (finished, try ModerationResult(json: finished.output), server.stop().count)
    }

    @Test func `a run whose state cannot be written reports what was paid for, and ends`() throws {
        let script: [FaultServer.Behaviour] = [.picPurify(isPorn: true), .picPurify(isPorn: false)]
        let full = try run(refusing: "judgement", FaultServer(script))
        // One, and the one that was asked for meanwhile.
        #expect((1...2).contains(full.requests) && full.result.cost.operations == full.requests)
        #expect(full.result.finalDecision == .ko && full.result.nbImagesKo == 1 && full.result.status == .partial)
        #expect(full.finished.status == 69)
        #expect(full.result.note?.contains("no room") == true && full.finished.errors.contains("would be lost"))

        let closed = try run(refusing: "claim", FaultServer(script))
        #expect(closed.requests == 0 && closed.finished.status == 69)

        let good = try run(refusing: nil, FaultServer(script))
        #expect(good.requests == 20 && good.finished.status == 0 && good.result.nbImagesKo == 1)
    }

    @Test(.enabled(if: Needed.namespaces("-rm"), "Namespaces of mounts are not permitted here."))
    func `on a full disk nothing is asked, and with room again everything is`() throws {
        let state = try TemporaryFolder()
        defer { state.remove() }
        let server = try FaultServer([.picPurify(isPorn: false)])
        let script = """
            mount -t tmpfs -o size=1m none "$XDG_STATE_HOME" || exit 99
            "$0" "$@" --dry-run > /dev/null
            cat /dev/zero > "$XDG_STATE_HOME/filler" 2> /dev/null
            "$0" "$@" > /dev/null
            echo "full: $?" >&2
            rm "$XDG_STATE_HOME/filler"
            exec "$0" "$@"
            """
        let finished = try TestSupport.run(
            "unshare", ["-rm", "sh", "-c", script, ServerProgram.path] + arguments("frames"),
            environment: environment(server, state: state.url))
        #expect(finished.errors.contains("full: 74") || finished.errors.contains("full: 69"), "\(finished.errors)")
        let result = try ModerationResult(json: finished.output)
        // Nothing was known to the second.
        #expect(result.nbImagesOk == 20 && result.cost.requests == 20 && server.stop().count == 20)
    }

    @Test(arguments: [("frames", 20), ("native", 1)])
    func `two processes that judge one video pay for it once`(_ mode: String, _ once: Int) throws {
        let answer = mode == "native" ? try FaultServer.Behaviour.picPurifyVideo() : .picPurify(isPorn: false)
        let shared = try runTwice(mode, answer, areApart: false)
        #expect(shared.requests == once)
        #expect(shared.results.map(\.status) == [.success, .success])
        #expect(shared.results.map(\.nbImages) == (mode == "native" ? [2, 2] : [20, 20]))
        #expect(shared.results.map(\.cost.requests).reduce(0, +) == once)
        // The control: where they know nothing of each other.
        let apart = try runTwice(mode, answer, areApart: true)
        #expect(apart.requests >= 2 * once, "\(apart.results.map { "\($0.status): \($0.note ?? "")" })")
    }

    private func runTwice(
        _ mode: String, _ answer: FaultServer.Behaviour, areApart: Bool
    ) throws -> (results: [ModerationResult], requests: Int) {
        let server = try FaultServer([answer])
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let one = folder.url.appending(path: "one"), other = folder.url.appending(path: areApart ? "other" : "one")
        let finished = try Python(
            program: "Endpoints/run-twice.py",
            [one.path, other.path, folder.url.path, ServerProgram.path] + arguments(mode)
        ).run(environment: environment(server, state: one))
        let results = try ["0.json", "1.json"].map { name in
            let data = try Data(contentsOf: folder.url.appending(path: name))
            return try #require(try? ModerationResult(json: data), "\(finished.errors)")
        }
        return (results, server.stop().count)
    }
}

/// Somebody else is asking, for ever.
private struct Taken: Ledger {
    func judgement(_ question: LedgerQuestion) async throws -> Judgement? { nil }
    func claimPicture(_ question: LedgerQuestion) async throws -> LedgerClaim<Judgement> { .taken }
    func claimVideo(_ question: LedgerQuestion) async throws -> LedgerClaim<[NativeFrame]> { .taken }
    func release(_ question: LedgerQuestion) async throws {}
    func keep(_ judgement: Judgement, operations: Int, for question: LedgerQuestion) async throws {}
    func keep(_ frames: [NativeFrame], operations: Int, for question: LedgerQuestion) async throws {}
}
