import Endpoints
import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// The program as a client of the program as a server.
@Suite struct EndToEndTests {
    private let credentials = Dictionary(
        uniqueKeysWithValues: Service.allCases.flatMap(\.profile.credentialVariables).enumerated().map {
            ($0.element, "secret-\($0.offset)")
        })
    private let services = Service.allCases.map(\.rawValue)

    private func addresses(_ server: ServerProgram) -> [String: String] {
        Dictionary(uniqueKeysWithValues: Service.allCases.map { ($0.addressVariable, server.base) })
    }

    private func framesift(_ arguments: [String], _ environment: [String: String]) throws -> Finished {
        try run(ServerProgram.path, arguments, environment: environment)
    }

    /// A server, and the environment of a client with a state folder of its own.
    private func withServer(_ body: (ServerProgram, [String: String], URL) throws -> Void) throws {
        let state = try TemporaryFolder()
        defer { state.remove() }
        // WebPurify's pictures are fetched from this machine.
        let server = try ServerProgram("--allow-private-urls")
        defer { server.stop() }
        let environment = credentials.merging(addresses(server)) { $1 }.merging(["XDG_STATE_HOME": state.url.path]) {
            $1
        }
        try body(server, environment, state.url)
    }

    private func check(_ arguments: String..., environment: [String: String]) throws -> ModerationResult {
        try check(arguments, environment: environment)
    }

    private func check(_ arguments: [String], environment: [String: String]) throws -> ModerationResult {
        let finished = try framesift(
            ["check", Fixtures.sample("qr.mp4"), "--frame-interval", "2", "--rate", "1000", "--format", "json"]
                + arguments,
            environment)
        #expect(!finished.output.isEmpty, "\(finished.errors)")
        return try ModerationResult(json: finished.output)
    }

    @Test func `each service's frames get the judgement of the judge behind it, and a second run asks for nothing`()
        throws
    {
        try withServer { server, environment, state in
            let local = try check("--task", "nudity.explicit", environment: environment)
            for service in services {
                let far = try check("--provider", service, "--task", "nudity.explicit", environment: environment)
                #expect(far.finalDecision == .ok && far.nbImagesOk == 6 && far.provider.name == service)
                #expect(far.frames.compactMap(\.error) == [], "\(service)")
                for (one, other) in zip(far.frames, local.frames) {
                    // What is sent is a JPEG of the picture, smaller for some.
                    let difference = abs((one.scores["nudity.explicit"] ?? 1) - (other.scores["nudity.explicit"] ?? 0))
                    #expect(difference < 0.02, "\(service): \(one.scores) \(other.scores)")
                }
                // The look-up by hash is a request too, and costs nothing.
                #expect(far.cost.requests == (service == "nsfw-categorize" ? 12 : 6) && far.cost.operations == 6)
                #expect(far.cost.bytesSent > 6 * (service == "webpurify" ? 100 : 1000))
                let again = try check("--provider", service, "--task", "nudity.explicit", environment: environment)
                #expect(again.cost.requests == 0 && again.cost.operations == 0 && again.nbImagesOk == 6)
                #expect(again.frames.map(\.scores) == far.frames.map(\.scores))
            }
            let fresh = try check(
                "--provider", "picpurify", "--task", "nudity.explicit", "--fresh", environment: environment)
            #expect(fresh.cost.requests == 6)
            // No key stands in anything that was written.
            let files = try FileManager.default.contentsOfDirectory(
                at: state.appending(path: "framesift"), includingPropertiesForKeys: nil
            ).filter { !$0.hasDirectoryPath }
            #expect(!files.isEmpty)
            for file in files {
                #expect(try Data(contentsOf: file).range(of: Data("secret-".utf8)) == nil, "\(file.lastPathComponent)")
            }
        }
    }

    @Test func `a policy that asks to confirm costs nothing more where judging is paid, unless --confirm is said`()
        throws
    {
        try withServer { server, environment, state in
            let policy = state.appending(path: "policy.yaml").path
            try "confirm: {interval: 0.5}".write(toFile: policy, atomically: true, encoding: .utf8)
            let paid = ["--provider", "picpurify", "--task", "qr", "--policy", policy]
            let once = try check(paid, environment: environment)
            #expect(once.cost.operations == 6 && once.confirmation == nil)
            // What was judged before is not paid again.
            let twice = try check(paid + ["--confirm"], environment: environment)
            let looked = try #require(twice.confirmation?.nbImages)
            #expect((9...15).contains(looked) && twice.cost.operations == looked)
            #expect(twice.segments.map(\.start) == [6000] && twice.segments.map(\.end) == [10000])
            let again = try check(paid + ["--confirm"], environment: environment)
            #expect(again.cost.operations == 0 && again.segments.map(\.standing) == [.confirmed])
            // The judge on this machine is asked as the policy says.
            let here = try check(["--task", "qr", "--policy", policy], environment: environment)
            #expect(here.confirmation?.nbImages == looked)
        }
    }

    @Test func `no key stands in what is printed, whatever goes wrong`() throws {
        try withServer { server, environment, _ in
            let clip = Fixtures.sample("qr.mp4")
            let broken = environment.merging(["PICPURIFY_URL": "http://127.0.0.1:1", "SIGHTENGINE_URL": "nope"]) { $1 }
            for (arguments, environment) in [
                (["check", clip, "--provider", "sightengine", "--task", "nudity", "--format", "json"], environment),
                (["check", clip, "--provider", "sightengine", "--task", "nudity"], broken),
                (
                    ["check", clip, "--provider", "picpurify", "--task", "nudity", "--max-frames", "1", "--dry-run"],
                    broken
                ),
                (["providers", "--quota"], environment),
            ] {
                let finished = try framesift(arguments, environment)
                #expect(!finished.text.contains("secret-") && !finished.errors.contains("secret-"), "\(arguments)")
                #expect(!finished.text.isEmpty || !finished.errors.isEmpty)
            }
        }
    }

    @Test func `a limit on costs stops before it is exceeded, with what there is`() throws {
        try withServer { server, environment, _ in
            let limited = try check(
                "--provider", "picpurify", "--task", "porn_moderation,qr_code_moderation", "--max-cost", "5",
                environment: environment)
            #expect(limited.status == .partial && limited.cost.operations == 4 && limited.cost.requests == 2)
            #expect(limited.note?.contains("limit of 5 operations") == true && limited.finalDecision != .ok)
            // Going on asks only for the rest.
            let rest = try check(
                "--provider", "picpurify", "--task", "porn_moderation,qr_code_moderation", environment: environment)
            #expect(rest.status == .success && rest.cost.requests == 4 && rest.finalDecision == .ko)
            #expect(rest.nbImages == 6 && rest.nbImagesKo == 2)
        }
    }

    @Test func `a service's own video endpoint sees what we see, by upload and by address`() throws {
        let files = try FileServer(folder: Fixtures.folder.appending(path: "matrix"))
        defer { files.stop() }
        let state = try TemporaryFolder()
        defer { state.remove() }
        let server = try ServerProgram("--allow-private-urls")
        defer { server.stop() }
        let environment = credentials.merging(addresses(server)) { $1 }.merging(["XDG_STATE_HOME": state.url.path]) {
            $1
        }
        func check(_ input: String, _ arguments: String...) throws -> ModerationResult {
            let finished = try framesift(
                ["check", input, "--task", "nudity.explicit", "--format", "json", "--frame-interval", "1.5"]
                    + arguments,
                environment)
            #expect(!finished.output.isEmpty, "\(finished.errors)")
            return try ModerationResult(json: finished.output)
        }
        let local = try check(Fixtures.matrix("h264-closed.mp4"))
        for service in ["picpurify", "sightengine"] {
            for input in [Fixtures.matrix("h264-closed.mp4"), files.address + "/h264-closed.mp4"] {
                let native = try check(input, "--provider", service, "--mode", "native")
                #expect(native.sampling.mode == "native" && native.status == .success)
                #expect(native.frames.map(\.info.position) == [0, 1500, 3000, 4500])
                for (one, other) in zip(native.frames, local.frames) {
                    let difference = abs((one.scores["nudity.explicit"] ?? 1) - (other.scores["nudity.explicit"] ?? 0))
                    #expect(difference < 0.00001, "\(service) \(input)")
                }
                #expect(native.cost.requests == 1 && native.cost.operations == 4)
                // A file is not paid for twice; what is behind an address may have changed.
                let again = try check(input, "--provider", service, "--mode", "native")
                #expect(again.cost.requests == (input.hasPrefix("http") ? 1 : 0))
                #expect(again.frames.map(\.scores) == native.frames.map(\.scores))
            }
        }
        let dear = try framesift(
            [
                "check", Fixtures.folder.path + "/long.mp4", "--provider", "picpurify", "--mode", "native", "--task",
                "nudity", "--max-cost", "10",
            ], environment)
        #expect(dear.status == 65 && dear.errors.contains("75 operations"), "\(dear.errors)")
    }

    @Test func `a video of more than a minute is a job of the server's, and is told as one judged here`() throws {
        let server = try ServerProgram()
        defer { server.stop() }
        let state = try TemporaryFolder()
        defer { state.remove() }
        let clip = Fixtures.folder.appending(path: "long.mp4").path
        let environment = [
            "XDG_STATE_HOME": state.url.path, "SIGHTENGINE_URL": server.base, "SIGHTENGINE_API_USER": "u",
            "SIGHTENGINE_API_SECRET": "s",
        ]
        func frames(_ arguments: String...) throws -> [[Double?]] {
            let finished = try run(
                ServerProgram.path, ["check", clip, "--task", "nudity", "--format", "json"] + arguments,
                environment: environment)
            let result = try ModerationResult(json: finished.output)
            return result.frames.map { frame in
                [Double(frame.info.position), frame.scores["nudity.explicit"].map { ($0 * 1e6).rounded() / 1e6 }]
            }
        }
        let there = try frames("--provider", "sightengine", "--mode", "native")
        #expect(there.map { $0[0] } == (0..<75).map { Double($0 * 1000) })
        #expect(there == (try frames()))
    }

    @Test func `a dry run counts and sends nothing`() throws {
        try withServer { server, environment, _ in
            let arguments = [
                "check", Fixtures.sample("slideshow.mp4"), "--provider", "picpurify", "--task", "qr,nudity",
                "--dry-run",
            ]
            let finished = try framesift(arguments, environment)
            // Ten seconds, of five pictures.
            #expect(
                finished.text.contains("10 positions, 4 pictures")
                    || finished.text.contains("10 positions, 5 pictures"), "\(finished.text)")
            #expect(finished.text.contains("Nothing was sent.") && finished.text.contains(" operations, "))
            let metrics = try run("curl", ["-sS", server.base + "/metrics"]).text
            #expect(!metrics.contains("dialect=\"picpurify\""), "\(metrics)")
        }
    }

    @Test func `Sightengine's face model is asked for faces, and its attributes only where they are wanted`() throws {
        try withServer { server, environment, _ in
            let result = try check("--provider", "sightengine", "--task", "nudity,faces", environment: environment)
            #expect(result.status == .success && result.nbImagesOk == 6)
            #expect(result.frames.allSatisfy { $0.scores["face"] != nil } && result.cost.operations == 12)
            let ages = try check("--provider", "sightengine", "--task", "minor", environment: environment)
            #expect(ages.cost.operations == 6)
            // The judge behind knows nobody: refused by the service, so undetermined here.
            let known = try check("--provider", "sightengine", "--task", "celebrities", environment: environment)
            #expect(known.nbImagesUndetermined == 6 && known.cost.operations == 0)
        }
    }

    @Test func `a dry run of a video as a whole says its size and about what it costs`() throws {
        try withServer { server, environment, _ in
            let clip = Fixtures.matrix("h264-closed.mp4")
            let text = try framesift(
                ["check", clip, "--provider", "picpurify", "--mode", "native", "--task", "nudity,gore", "--dry-run"],
                environment
            ).text
            #expect(text.contains("about 6 pictures, 12 operations") && text.contains("Nothing was sent."), "\(text)")
            let metrics = try run("curl", ["-sS", server.base + "/metrics"]).text
            #expect(!metrics.contains("dialect=\"picpurify\""))
        }
    }

    @Test func `the second judge sees only what the first is unsure of`() throws {
        try withServer { server, environment, _ in
            let none = try check(
                "--provider", "on-device,sightengine", "--escalate", "0.4..0.6", "--task", "nudity.explicit",
                environment: environment)
            #expect(none.cost.spared == 6)
            #expect(none.cost.requests == 0 && none.frames.allSatisfy { $0.details?.judgedBy == "on-device" })
            let all = try check(
                "--provider", "on-device,sightengine", "--escalate", "0..1", "--task", "nudity.explicit",
                environment: environment)
            #expect(all.cost.spared == 0)
            #expect(all.cost.requests == 6 && all.frames.allSatisfy { $0.details?.judgedBy == "sightengine" })
        }
    }

    @Test func `missing and refused credentials, and an unknown provider, have their exit codes`() throws {
        let clip = Fixtures.sample("qr.mp4")
        let missing = try framesift(["check", clip, "--provider", "picpurify"], ["PICPURIFY_API_KEY": ""])
        #expect(missing.status == 77 && missing.errors.contains("PICPURIFY_API_KEY"))
        #expect(try framesift(["check", clip, "--provider", "nobody"], [:]).status == 64)
        let keys = try TemporaryFolder()
        defer { keys.remove() }
        let file = keys.url.appending(path: "keys.yaml")
        _ = FileManager.default.createFile(
            atPath: file.path, contents: Data("keys: [{key: other, name: a}, {key: poor, name: b, quota: 0}]".utf8),
            attributes: [.posixPermissions: 0o600])
        let server = try ServerProgram("--keys", file.path)
        defer { server.stop() }
        let environment = credentials.merging(addresses(server)) { $1 }.merging(["XDG_STATE_HOME": keys.url.path]) {
            $1
        }
        let refused = try framesift(
            ["check", clip, "--provider", "picpurify", "--task", "porn_moderation", "--format", "json"], environment)
        #expect(refused.status == 77 && refused.errors.contains("credentials"))
        #expect(try ModerationResult(json: refused.output).status == .partial)
        let spent = try framesift(
            ["check", clip, "--provider", "picpurify", "--task", "porn_moderation", "--format", "json"],
            environment.merging(["PICPURIFY_API_KEY": "poor"]) { $1 })
        #expect(spent.status == 69 && spent.errors.contains("quota"))
    }

    @Test func `what is left of a quota is told where the service says so`() throws {
        try withServer { server, environment, _ in
            let text = try framesift(["providers", "--quota"], environment).text
            #expect(text.components(separatedBy: "2147483647 left").count == 2, "\(text)")
            #expect(text.contains("the service does not say"))
        }
    }

    @Test func `a service that fetches its pictures has to be told where from`() throws {
        let state = try TemporaryFolder()
        defer { state.remove() }
        let finished = try framesift(
            ["check", Fixtures.sample("qr.mp4"), "--provider", "webpurify", "--task", "nudity"],
            [
                "WEBPURIFY_API_KEY": "k", "WEBPURIFY_URL": "https://webpurify.example",
                "XDG_STATE_HOME": state.url.path,
            ])
        #expect(finished.status == 69 && finished.errors.contains("--public-url"))
    }

    @Test func `any API is answered by any judge, and what does not map is refused`() throws {
        try withServer { server, environment, _ in
            let between = try ServerProgram("--provider", "sightengine", environment: environment)
            defer { between.stop() }
            let picture = Fixtures.image("720p.jpg")
            func ask(_ task: String) throws -> String {
                try run(
                    "curl",
                    [
                        "-sS", "-F", "API_KEY=k", "-F", "task=\(task)", "-F", "file_image=@\(picture)",
                        between.base + "/analyse/1.1",
                    ]
                ).text
            }
            let answer = try ask("porn_moderation")
            #expect(answer.contains(#""status":"success""#) && answer.contains("porn_content"), "\(answer)")
            #expect(try ask("qr_code_moderation").contains(#""errorCode":12"#))
            #expect(try ask("hate_sign_moderation").contains(#""errorCode":12"#))
            // The judge behind promises nothing of drugs and says so: no invented score.
            #expect(try ask("drug_moderation").contains(#""errorCode":50"#))
        }
    }

}

/// A run that is killed fifty times, and goes on each time.
@Suite struct KilledRunTests {
    private static let cases = [
        "every picture is judged", "only what was in flight is asked again", "each run but the last was killed",
    ]
    private static let report = Task {
        try await onThread {
            let state = try TemporaryFolder()
            defer { state.remove() }
            return try CaseReport(
                cases, of: "Endpoints/kill-runs.py",
                [ServerProgram.path, Fixtures.sample("qr.mp4"), state.url.path, "50"])
        }
    }

    @Test(arguments: cases) func `killed runs lose nothing and pay for nothing twice`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
