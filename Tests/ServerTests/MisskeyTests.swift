import Foundation
import Moderation
import Store
import TestSupport
import Testing
import Wire

@testable import Server

/// Misskey's detector, asked as Misskey's own client asks: parts `image0`, `image1` … of type image/png, named by number.
/// https://github.com/misskey-dev/misskey, SensitiveMediaDetectionService.ts
@Suite struct MisskeyTests {
    private static let path = "/v1/detect-images"

    private func form(_ names: [String]) -> [String] {
        names.enumerated().flatMap { index, name in
            ["-F", "image\(index)=@\(Fixtures.image(name));type=image/png;filename=\(index).png"]
        }
    }

    private func ask(_ server: TestServer, _ arguments: [String]) async throws -> (status: Int, reply: MisskeyReply) {
        let answer = try await Answer.of(["\(server.base)\(Self.path)"] + arguments)
        #expect(answer.headers["x-request-id"]?.isEmpty == false)
        return (answer.status, try WireJSON.decode(MisskeyReply.self, from: answer.body))
    }

    private func results(_ server: TestServer, _ names: [String]) async throws -> [MisskeyResult] {
        let (status, reply) = try await ask(server, form(names))
        guard status == 200, case .results(let results) = reply else {
            throw Answer.Problem(text: "\(status) \(reply)")
        }
        return results
    }

    /// Each class, in percent.
    private func percent(_ result: MisskeyResult) -> [String: Double] {
        guard case .predictions(let predictions) = result else { return [:] }
        return Dictionary(
            uniqueKeysWithValues: predictions.map { ($0.className, ($0.probability * 100).rounded()) })
    }

    private func code(_ result: MisskeyResult) -> String {
        guard case .failure(let problem) = result else { return "OK" }
        return problem.code.rawValue
    }

    @Test(arguments: [
        // Explicit, suggestive, drawn; then the classes by hand, in percent.
        ([0.8, 0.1, 0.0], ["Drawing": 0, "Hentai": 0, "Neutral": 10, "Porn": 80, "Sexy": 10]),
        ([0.8, 0.1, 1.0], ["Drawing": 10, "Hentai": 80, "Neutral": 0, "Porn": 0, "Sexy": 10]),
        ([0.6, 0.9, 0.5], ["Drawing": 0, "Hentai": 30, "Neutral": 0, "Porn": 30, "Sexy": 40]),
        ([0.0, 0.0, 0.25], ["Drawing": 25, "Hentai": 0, "Neutral": 75, "Porn": 0, "Sexy": 0]),
    ])
    func `the five classes are what the judge says of nudity and drawings`(
        scores: [Double], classes: [String: Double]
    ) async throws {
        let judge = ScriptedJudge(
            scores: [.nudityExplicit: scores[0], .nuditySuggestive: scores[1], .typeIllustration: scores[2]])
        try await TestServer.with(judge: judge) { server in
            let found = try await results(server, ["picture.png"])
            #expect(found.map(percent) == [classes])
        }
        #expect(judge.asked == [[.nudityExplicit, .nuditySuggestive, .typeIllustration]])
    }

    @Test func `a picture that cannot be read loses no other, and each has its own reason`() async throws {
        try await TestServer.with { server in
            let results = try await results(
                server, ["picture.png", "truncated.jpg", "picture.webp", "empty.jpg", "20000x20000.png", "picture.jpg"])
            #expect(
                results.map(code) == [
                    "OK", "IMAGE_DECODE_FAILED", "UNSUPPORTED_MEDIA_TYPE", "INVALID_REQUEST", "REQUEST_TOO_LARGE", "OK",
                ])
        }
    }

    @Test func `a judge that cannot tell drawings is not guessed for`() async throws {
        let judge = ScriptedJudge(categories: [.nudityExplicit, .nuditySuggestive])
        try await TestServer.with(judge: judge, configure: { $0.isPartial = true }) { server in
            let found = try await results(server, ["picture.png"])
            #expect(found.map(code) == ["MODEL_UNAVAILABLE"])
        }
        #expect(judge.asked == [])
    }

    @Test func `up to ten pictures are taken, and without any nothing is`() async throws {
        try await TestServer.with { server in
            let pictures = Array(repeating: "picture.png", count: 11)
            #expect(
                try await results(server, Array(pictures.prefix(10))).map(code) == Array(repeating: "OK", count: 10))
            for (arguments, status, code) in [
                (form(pictures), 413, "REQUEST_TOO_LARGE"),
                (["-d", "{}", "-H", "Content-Type: application/json"], 415, "UNSUPPORTED_MEDIA_TYPE"),
                (["-d", "a=b"], 415, "UNSUPPORTED_MEDIA_TYPE"),
                (
                    [
                        "-X", "POST", "-H", "Content-Type: multipart/form-data; boundary=B", "--data-binary",
                        "--B--\r\n",
                    ], 400, "INVALID_REQUEST"
                ),
                ([], 405, "INVALID_REQUEST"),
            ] {
                let answer = try await ask(server, arguments)
                guard case .failure(let problem) = answer.reply else {
                    Issue.record("\(answer)")
                    continue
                }
                #expect(answer.status == status && problem.code.rawValue == code, "\(arguments): \(answer)")
            }
        }
    }

    @Test func `the token is the key, which pays for what is judged`() async throws {
        try await withKeys("keys:\n  - {key: k, name: fediverse, quota: 3}") { (path: String) async throws in
            try await TestServer.with(configure: { $0.keys = try KeyFile(path: path) }) { server in
                for header in [[], ["-H", "Authorization: Bearer wrong"], ["-H", "Authorization: Basic k"]] {
                    let answer = try await ask(server, form(["picture.png"]) + header)
                    #expect(answer.status == 401, "\(header): \(answer)")
                }
                let token = ["-H", "Authorization: Bearer k"]
                #expect(
                    try await ask(server, form(["picture.png", "truncated.jpg", "picture.jpg"]) + token).status == 200)
                #expect(try await server.store.used(key: "fediverse") == 2)
                // All or none.
                #expect(try await ask(server, form(["picture.png", "picture.jpg"]) + token).status == 429)
                #expect(try await server.store.used(key: "fediverse") == 2)
                #expect(try await ask(server, form(["picture.png"]) + token).status == 200)
            }
        }
    }

    @Test func `a request's own id comes back if it is one`() async throws {
        try await TestServer.with { server in
            for (given, isKept) in [("abc-1_2.3", true), ("a b", false)] {
                let answer = try await Answer.of(
                    ["\(server.base)\(Self.path)", "-H", "X-Request-Id: \(given)"] + form(["picture.png"]))
                #expect((answer.headers["x-request-id"] == given) == isKept)
            }
        }
    }
}
