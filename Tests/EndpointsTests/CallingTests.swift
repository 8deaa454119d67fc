import Foundation
import Moderation
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Endpoints

private typealias Behaviour = FaultServer.Behaviour

/// A picture that is only its bytes.
struct Bytes: Picture {
    var width: Int { 8 }
    var height: Int { 8 }
    var content: [UInt8] = [1, 2, 3]
    func pixels(_ layout: PixelLayout, width: Int, height: Int) throws -> [UInt8] { [] }
    func jpeg(within limits: JPEGLimits) throws -> [UInt8] { content }
}

/// A picture whose JPEG has so many bytes a pixel that only the third is taken.
private struct Heavy: Picture {
    let asked: @Sendable (Int) -> Void
    var width: Int { 8192 }
    var height: Int { 8192 }
    func pixels(_ layout: PixelLayout, width: Int, height: Int) throws -> [UInt8] { [] }
    func jpeg(within limits: JPEGLimits) throws -> [UInt8] {
        let side = limits.longestSide ?? 8192
        asked(side)
        return [UInt8](repeating: 1, count: side * side * 3)
    }
}

/// Nobody fetches anything from it.
private struct NoHost: PictureHost {
    func offer(_ jpeg: [UInt8]) -> String { "http://127.0.0.1:1/x.jpg" }
    func withdraw(_ address: String) {}
}

/// Time that passes only when somebody sleeps.
private final class Sleeps: Sendable {
    private let state = Mutex((now: Duration.zero, slept: [Duration]()))

    var slept: [Duration] { state.withLock { $0.slept } }

    var clock: TimeSource {
        TimeSource(
            now: { self.state.withLock { $0.now } },
            sleep: { duration in
                self.state.withLock { state in
                    state.now += duration
                    state.slept.append(duration)
                }
            }, random: { 1 })
    }
}

private let good = Behaviour.picPurify(isPorn: false)

private func failure(_ code: Int) -> Behaviour {
    Behaviour(body: #"{"status":"failure","error":{"errorCode":\#(code),"errorMsg":"because"}}"#)
}

private struct Outcome {
    var result: Result<Judgement, any Error>
    var requests: [String]
    var slept: [Duration]
    var spending: Spending?

    var problem: CallProblem? {
        if case .failure(let error) = result { error as? CallProblem } else { nil }
    }
    var stop: JudgeStop? {
        if case .failure(let error) = result { error as? JudgeStop } else { nil }
    }
    var isGood: Bool { if case .success = result { true } else { false } }
}

private let key = "very-secret-key"

/// Asks PicPurify's endpoint for so many different pictures, one after the other; the last outcome counts.
private func ask(
    _ script: [Behaviour], calls: Int = 1, scheme: String = "http", certificate: Certificate? = nil,
    configure: (inout CallingRules) -> Void = { _ in }
) async throws -> Outcome {
    let server = try FaultServer(script, certificate: certificate)
    let sleeps = Sleeps()
    var rules = CallingRules(concurrency: 2, rate: nil)
    rules.answerDeadline = .seconds(20)
    rules.wholeDeadline = .seconds(40)
    configure(&rules)
    let account = try Account(
        .picpurify, environment: ["PICPURIFY_API_KEY": key, "PICPURIFY_URL": "\(scheme)://localhost:\(server.port)"])
    let judge = try ServiceJudge(account, userAgent: "test", ledger: nil, rules: rules, clock: sleeps.clock)
    var result: Result<Judgement, any Error> = .failure(CancellationError())
    for index in 0..<calls {
        do {
            result = .success(try await judge.judge(Bytes(content: [UInt8(index)]), for: [.nudityExplicit]))
        } catch {
            result = .failure(error)
        }
    }
    if case .failure(let error) = result { #expect(!"\(error)".contains(key)) }
    return Outcome(result: result, requests: server.stop(), slept: sleeps.slept, spending: judge.spending)
}

@Suite struct CallingTests {
    @Test func `a good answer takes one request, and what it bills is counted`() async throws {
        let outcome = try await ask([good])
        #expect(try outcome.result.get().probabilities == [.nudityExplicit: 1 - 0.99])
        #expect(outcome.requests == ["/analyse/1.1"] && outcome.slept.isEmpty)
        #expect(outcome.spending?.requests == 1 && outcome.spending?.operations == 1)
        #expect((outcome.spending?.bytesSent ?? 0) > 100)
    }

    @Test func `429 and 5xx are tried again, each time later`() async throws {
        let outcome = try await ask([Behaviour(status: 429), Behaviour(status: 503), Behaviour(status: 500), good])
        #expect(outcome.isGood && outcome.requests.count == 4 && outcome.spending?.requests == 4)
        // min(cap, base · 2ⁿ), with chance at its highest.
        #expect(outcome.slept == [.milliseconds(500), .seconds(1), .seconds(2)])
        #expect(outcome.spending?.operations == 1)
    }

    @Test func `the service's own throttle code is obeyed like HTTP's`() async throws {
        let outcome = try await ask([failure(429), good])
        #expect(outcome.isGood && outcome.requests.count == 2)
    }

    @Test func `Retry-After is obeyed, and one beyond all patience is not waited for`() async throws {
        let patient = try await ask([Behaviour(status: 429, headers: ["Retry-After": "7"]), good])
        #expect(patient.isGood && patient.slept == [.seconds(7)])
        let endless = try await ask([Behaviour(status: 429, headers: ["Retry-After": "100000"]), good])
        #expect(endless.problem == .throttled("HTTP 429") && endless.requests.count == 1 && endless.slept.isEmpty)
    }

    @Test func `a service that is down is given up after five tries, and for good after five pictures`() async throws {
        let one = try await ask([Behaviour(status: 503)])
        #expect(one.problem == .busy("HTTP 503") && one.requests.count == 5)
        let many = try await ask([Behaviour(status: 503)], calls: 8)
        #expect(many.stop?.kind == .unavailable && many.requests.count == 25)
        #expect(many.stop?.description.contains("5 times in a row") == true)
        // A single good answer in between starts the count anew.
        let mixed = try await ask(
            Array(repeating: Behaviour(status: 503), count: 20) + [good] + [Behaviour(status: 503)], calls: 6)
        #expect(mixed.problem == .busy("HTTP 503") && mixed.stop == nil)
    }

    @Test func `nobody listening is tried again`() async throws {
        let server = try FaultServer([good])
        let port = server.port
        _ = server.stop()
        let sleeps = Sleeps()
        let account = try Account(
            .picpurify, environment: ["PICPURIFY_API_KEY": key, "PICPURIFY_URL": "http://127.0.0.1:\(port)"])
        let judge = try ServiceJudge(
            account, userAgent: "test", ledger: nil, rules: CallingRules(concurrency: 1, rate: nil), clock: sleeps.clock
        )
        await #expect(throws: CallProblem.self) { try await judge.judge(Bytes(), for: [.nudityExplicit]) }
        #expect(sleeps.slept.count == 4 && judge.spending?.operations == 0)
    }

    @Test func `a connection that breaks before the answer is tried again, one that breaks within it is not`()
        async throws
    {
        let before = try await ask([Behaviour(kind: "reset"), good])
        #expect(before.isGood && before.requests.count == 2)
        let within = try await ask([Behaviour(kind: "reset-mid-body", body: good.body), good])
        #expect(within.requests.count == 1)
        #expect(within.problem?.description.contains("broke off") == true)
    }

    @Test func `silence before the answer is tried again, a stall within it is not`() async throws {
        // Long enough for a busy machine to answer the second time.
        let silent = try await ask([Behaviour(kind: "silence"), good]) { $0.answerDeadline = .seconds(2) }
        #expect(silent.isGood && silent.requests.count == 2)
        let stalled = try await ask([Behaviour(kind: "stall-mid-body", body: good.body), good]) {
            $0.wholeDeadline = .seconds(2)
        }
        #expect(stalled.requests.count == 1 && stalled.problem?.description.contains("deadline") == true)
    }

    @Test func `what is no answer is none, whatever it looks like, and is not paid for again`() async throws {
        for body in [String(good.body.dropLast(20)), "<html>hello</html>", "", #"{"hello": 1}"#] {
            let outcome = try await ask([Behaviour(headers: ["Content-Type": "text/html"], body: body), good])
            #expect(outcome.problem == .unreadable && outcome.requests.count == 1, "\(body)")
        }
        let typed = try await ask([Behaviour(headers: ["Content-Type": "text/plain"], body: good.body)])
        #expect(typed.isGood)
        let page = try await ask([Behaviour(status: 502, body: "<html>Bad gateway</html>"), good])
        #expect(page.isGood && page.requests.count == 2)
        let huge = try await ask([Behaviour(body: String(repeating: "x", count: 1 << 20), times: 20), good])
        #expect(huge.problem != nil && huge.requests.count == 1)
    }

    @Test func `redirects are not followed: the credentials would go along`() async throws {
        let elsewhere = try FaultServer([good])
        let outcome = try await ask([
            Behaviour(status: 307, headers: ["Location": "http://127.0.0.1:\(elsewhere.port)/analyse/1.1"]), good,
        ])
        #expect(outcome.problem?.description.contains("redirect") == true && outcome.requests.count == 1)
        #expect(elsewhere.stop().isEmpty)
    }

    @Test func `a refused picture concerns that picture, a refused key and a spent quota concern all`() async throws {
        let picture = try await ask([failure(30), good], calls: 2)
        #expect(picture.isGood && picture.requests.count == 2)
        let wrongKey = try await ask([failure(10)], calls: 3)
        #expect(wrongKey.stop?.kind == .credentials && wrongKey.requests.count == 1)
        let spent = try await ask([failure(11)], calls: 3)
        #expect(spent.stop?.kind == .quota && spent.requests.count == 1)
        let status = try await ask([Behaviour(status: 401)], calls: 3)
        #expect(status.stop?.kind == .credentials && status.requests.count == 1)
    }

    @Test func `a service whose certificate is not to be trusted is asked nothing`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let outcome = try await ask([good], scheme: "https", certificate: Certificate(in: folder))
        #expect(outcome.stop?.kind == .unavailable && outcome.requests.isEmpty)
        #expect(outcome.stop?.description.contains("certificate") == true)
    }

    @Test func `requests keep to the rate`() async throws {
        let server = try FaultServer([good])
        let sleeps = Sleeps()
        var rules = CallingRules(concurrency: 2, rate: 2)
        rules.attempts = 1
        let account = try Account(
            .picpurify, environment: ["PICPURIFY_API_KEY": key, "PICPURIFY_URL": server.address])
        let judge = try ServiceJudge(account, userAgent: "test", ledger: nil, rules: rules, clock: sleeps.clock)
        for index in 0..<8 { _ = try await judge.judge(Bytes(content: [UInt8(index)]), for: [.nudityExplicit]) }
        // Two at once, then one every half second.
        #expect(sleeps.slept.reduce(.zero, +) == .seconds(3))
        #expect(server.stop().count == 8)
    }

    @Test func `a picture asked for twice at once is asked once, and the budget is not exceeded`() async throws {
        let server = try FaultServer([good])
        let account = try Account(
            .picpurify, environment: ["PICPURIFY_API_KEY": key, "PICPURIFY_URL": server.address])
        let judge = try ServiceJudge(
            account, userAgent: "test", ledger: nil, maxOperations: 3, rules: CallingRules(concurrency: 4, rate: nil))
        async let one = judge.judge(Bytes(), for: [.nudityExplicit])
        async let two = judge.judge(Bytes(), for: [.nudityExplicit])
        #expect(try await one == two)
        var stops = 0
        for index in 10..<15 {
            do {
                _ = try await judge.judge(Bytes(content: [UInt8(index)]), for: [.nudityExplicit])
            } catch let stop as JudgeStop where stop.kind == .budget {
                stops += 1
            }
        }
        let requests = server.stop().count
        #expect(requests == 3 && judge.spending?.operations == 3 && stops >= 2)
    }

    private static let documented: [(service: String, sample: String, category: ContentCategory, probability: Double)] =
        [
            ("picpurify", "picpurify-image.json", .drugs, 1 - 0.99155),
            ("sightengine", "sightengine-all-models.json", .offensive, 0.92529),
            ("webpurify", "webpurify-answer.json", .nudityExplicit, 0.106),
            ("moderatecontent", "moderatecontent-answer.json", .nudityExplicit, 0.095592319965363),
            ("nsfw-categorize", "nsfw-categorize-upload.json", .nuditySuggestive, 0.9874),
        ]

    @Test func `every service has a documented answer here`() {
        #expect(Set(Self.documented.map(\.service)).symmetricDifference(Service.allCases.map(\.rawValue)) == [])
    }

    @Test(arguments: documented)
    func `each service's documented answer is understood`(
        _ name: String, _ sample: String, _ category: ContentCategory, _ expected: Double
    ) async throws {
        let service = try #require(Service(rawValue: name))
        // One of PicPurify's samples has a comma too many, as printed.
        let body = try String(
            contentsOf: Fixtures.root.appending(path: "Tests/WireTests/Samples/\(sample)"), encoding: .utf8)
        // nsfw-categorize is asked for the hash first, and does not know it.
        let unknown = Behaviour(body: #"{"status":"ERR","reason":"Hash not found"}"#)
        let server = try FaultServer((service == .nsfwCategorize ? [unknown] : []) + [Behaviour(body: body)])
        var environment = [service.addressVariable: server.address]
        for variable in service.profile.credentialVariables { environment[variable] = key }
        let judge = try ServiceJudge(
            try Account(service, environment: environment), userAgent: "test", ledger: nil, host: NoHost(),
            rules: CallingRules(concurrency: 1, rate: nil))
        let judgement = try await judge.judge(Bytes(), for: [category])
        let found = try #require(judgement.probabilities[category])
        #expect(abs(found - expected) < 1e-9 && judgement.probabilities.count == 1)
        #expect(server.stop().count == (service == .nsfwCategorize ? 2 : 1))
    }

    @Test func `a picture that nsfw-categorize has not judged yet is looked up again, for free`() async throws {
        func reply(_ text: String) -> Behaviour { Behaviour(body: text) }
        let unknown = reply(#"{"status":"ERR","reason":"Hash not found"}"#)
        let pending = reply(#"{"status":"PENDING","data":{"hash":"ab"}}"#)
        let done = reply(
            #"{"status":"OK","data":{"confidence":99,"hash":"ab","classification":"porn","nsfw":true,"porn":true},"quota":9}"#
        )
        let server = try FaultServer([unknown, pending, pending, done])
        let sleeps = Sleeps()
        let account = try Account(
            .nsfwCategorize, environment: ["NSFWCATEGORIZE_URL": server.address])
        let judge = try ServiceJudge(
            account, userAgent: "test", ledger: nil, rules: CallingRules(concurrency: 1, rate: nil), clock: sleeps.clock
        )
        #expect(try await judge.judge(Bytes(), for: [.nudityExplicit]).probabilities == [.nudityExplicit: 0.99])
        let paths = server.stop().map { $0.hasPrefix("/api/hash/") ? "hash" : $0 }
        #expect(paths == ["hash", "/api/upload", "hash", "hash"] && judge.spending?.operations == 1)
        #expect(sleeps.slept == [.seconds(2), .seconds(2)])
    }

    @Test func `a picture is made smaller until the service takes it`() async throws {
        let server = try FaultServer([good])
        let account = try Account(
            .picpurify, environment: ["PICPURIFY_API_KEY": key, "PICPURIFY_URL": server.address])
        let judge = try ServiceJudge(
            account, userAgent: "test", ledger: nil, maxSide: 8192, rules: CallingRules(concurrency: 1, rate: nil))
        let sides = Mutex<[Int]>([])
        let still = Heavy { side in sides.withLock { $0.append(side) } }
        _ = try await judge.judge(still, for: [.nudityExplicit])
        #expect(sides.withLock { $0 } == [8192, 4096, 2048] && server.stop().count == 1)
        #expect((judge.spending?.bytesSent ?? .max) < 16 << 20)
    }

    @Test func `credentials and addresses come from the environment, and their absence is said by name`() throws {
        #expect(throws: JudgeStop.self) { try Account(.sightengine, environment: ["SIGHTENGINE_API_USER": "u"]) }
        do {
            _ = try Account(.sightengine, environment: ["SIGHTENGINE_API_USER": "u"])
        } catch {
            #expect("\(error)".contains("SIGHTENGINE_API_SECRET"))
        }
        #expect(try Account(.nsfwCategorize, environment: [:]).address == "https://nsfw-categorize.it")
        let moved = ["MODERATECONTENT_KEY": "k", "MODERATECONTENT_URL": "http://proxy.example/mc/"]
        #expect(try Account(.moderatecontent, environment: moved).address == "http://proxy.example/mc")
        #expect(throws: JudgeStop.self) {
            try Account(.moderatecontent, environment: ["MODERATECONTENT_KEY": "k", "MODERATECONTENT_URL": "ftp://x"])
        }
    }
}
