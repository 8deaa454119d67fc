import Foundation
import Logging
import Moderation
import Runtime
import Store
import Synchronization
import TestSupport

@testable import Server

extension ScriptedJudge {
    static let face = Face(
        x1: 0.25, y1: 0.25, x2: 0.5, y2: 0.75, confidence: 0.97, features: ["left_eye": .init(x: 0.4, y: 0.4)],
        female: 0.96, minor: 0.01, sunglasses: 0.02, age: 38.6,
        celebrities: [.init(name: "Daniel Craig", probability: 0.99)])

    /// Judges by rule: how red a picture is says how naked, every other category has a probability of its own.
    /// - Parameters:
    ///   - scores: Instead of the rule.
    ///   - gate: Waits there before it answers; `nil`: answers at once.
    init(
        categories: Set<ContentCategory> = Set(ContentCategory.known).subtracting([.knownContent]),
        concurrency: Int = 2, scores: [ContentCategory: Double] = [:], gate: Gate? = nil
    ) {
        self.init(
            answer: { question in
                await gate?.wait()
                return try Self.byRule(question, scores)
            }, categories: categories, concurrency: concurrency)
    }

    private static func byRule(_ question: Question, _ scores: [ContentCategory: Double]) throws -> Judgement {
        let categories = question.categories
        let pixel = try question.still.pixels(.rgb, width: 1, height: 1)
        var found: [ContentCategory: Double] = [:]
        for category in categories { found[category] = 0.01 }
        found[.nudityExplicit] = categories.contains(.nudityExplicit) ? Double(pixel[0]) / 255 : nil
        if categories.contains(.face) { found[.face] = 0.97 }
        found.merge(scores.filter { categories.contains($0.key) }) { $1 }
        var face = Self.face
        if !categories.contains(.genderFemale) { face.female = nil }
        if !categories.contains(.minor) { (face.minor, face.age) = (nil, nil) }
        return Judgement(
            probabilities: found,
            findings: Findings(faces: [face], qrCodes: nil, colors: ["#877f54", "#a39529", "#323014"]))
    }
}

/// A server on a port of loopback that the system picks.
struct TestServer: Sendable {
    let port: Int
    let store: Store
    let log: LogLines

    var base: String { "http://127.0.0.1:\(port)" }

    /// Runs a server while `body` runs.
    /// - Parameter afterStopping: Called when the server has been asked to stop.
    static func with<Result: Sendable>(
        judge: any ImageJudge = ScriptedJudge(), store: Store? = nil,
        now: @escaping @Sendable () -> Date = { Date() },
        sleep: @escaping @Sendable (Duration) async throws -> Void = {
            // Deadlines never come, and pauses are over at once.
            $0 < .seconds(5) ? await Task.yield() : try await waitForEver()
        },
        configure: (inout ServerOptions) throws -> Void = { _ in },
        afterStopping: () -> Void = {},
        _ body: (TestServer) async throws -> Result
    ) async throws -> Result {
        var options = ServerOptions()
        options.port = 0
        options.allowsPrivateURLs = true
        options.shutdownGrace = .seconds(5)
        options.version = "test"
        try configure(&options)
        let store = try store ?? Store()
        let log = LogLines()
        let logger = Logger(label: "test") { _ in KeepingLog(log) }
        let server = try ModerationServer(
            judge: judge, store: store, options: options, logger: logger,
            clock: TimeSource(wall: { now().timeIntervalSince1970 }, sleep: sleep))
        let (ports, continuation) = AsyncStream.makeStream(of: Int.self)
        let running = Task { try await server.run { continuation.yield($0) } }
        var iterator = ports.makeAsyncIterator()
        guard let port = await iterator.next() else { throw CancellationError() }
        let outcome: Swift.Result<Result, any Error>
        do {
            outcome = .success(try await body(TestServer(port: port, store: store, log: log)))
        } catch {
            outcome = .failure(error)
        }
        running.cancel()
        afterStopping()
        _ = await running.result
        return try outcome.get()
    }

    /// Asks with curl; `arguments` come after the URL.
    func curl(_ path: String, _ arguments: String...) async throws -> Answer {
        try await Answer.of(["\(base)\(path)"] + arguments)
    }
}

/// What curl got.
struct Answer: Sendable {
    let status: Int
    let headers: [String: String]
    let body: Data

    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> [String: Any] {
        try JSONSerialization.jsonObject(with: body) as? [String: Any] ?? [:]
    }

    struct Problem: Error { let text: String }

    /// curl runs on a thread of its own: the server under test needs the cooperative ones.
    static func of(_ arguments: [String]) async throws -> Answer {
        let finished = try await onThread {
            try run("curl", ["-sS", "-g", "-i", "-H", "Expect:", "-m", "60"] + arguments)
        }
        guard let end = finished.output.range(of: Data("\r\n\r\n".utf8)) else {
            throw Problem(text: "curl: \(finished.status) \(finished.errors)")
        }
        let lines = String(decoding: finished.output[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            if parts.count == 2 { headers[parts[0].lowercased()] = parts[1].trimmingCharacters(in: .whitespaces) }
        }
        let words = lines[0].split(separator: " ")
        return Answer(
            status: words.count > 1 ? Int(words[1]) ?? 0 : 0, headers: headers, body: finished.output[end.upperBound...]
        )
    }
}

/// Keeps log lines, to look for what must not stand in them.
final class LogLines: Sendable {
    private struct State {
        var lines: [String] = []
        var waiting: [(text: String, continuation: CheckedContinuation<Void, Never>)] = []
    }
    private let state = Mutex(State())

    var text: String { state.withLock { $0.lines.joined(separator: "\n") } }

    /// Returns once a line holds the text.
    func wait(for text: String) async {
        await withCheckedContinuation { continuation in
            let isThere = state.withLock { state in
                if state.lines.contains(where: { $0.contains(text) }) { return true }
                state.waiting.append((text, continuation))
                return false
            }
            if isThere { continuation.resume() }
        }
    }

    fileprivate func add(_ line: String) {
        let ready = state.withLock { state in
            state.lines.append(line)
            let ready = state.waiting.filter { line.contains($0.text) }.map(\.continuation)
            state.waiting.removeAll { line.contains($0.text) }
            return ready
        }
        for one in ready { one.resume() }
    }
}

private struct KeepingLog: LogHandler {
    let lines: LogLines
    var metadata: Logger.Metadata = [:]
    var logLevel = Logger.Level.trace

    init(_ lines: LogLines) { self.lines = lines }

    func log(event: LogEvent) {
        lines.add("\(event.level) \(event.message) \(metadata) \(event.metadata ?? [:])")
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }
}
