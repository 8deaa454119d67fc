import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// Sightengine's jobs: an upload too large to post, polling, callbacks.
@Suite struct JobTests {
    private struct Request: Decodable, Equatable {
        var method, path: String
        var size: Int
    }

    private func withService(_ body: ([String: String]) throws -> Void) throws -> [Request] {
        let service = try Python(program: "Endpoints/job-server.py").start()
        defer { service.stop() }
        let state = try TemporaryFolder()
        defer { state.remove() }
        try body([
            "XDG_STATE_HOME": state.url.path,
            "SIGHTENGINE_API_USER": "secret-1", "SIGHTENGINE_API_SECRET": "secret-2",
            "SIGHTENGINE_URL": "http://127.0.0.1:\(service.announcement)",
        ])
        return try service.stop().map { try JSONDecoder().decode(Request.self, from: Data($0.utf8)) }
    }

    private func check(_ input: String, _ environment: [String: String], _ arguments: String...) throws
        -> ModerationResult
    {
        let finished = try run(
            ServerProgram.path,
            ["check", input, "--provider", "sightengine", "--mode", "native", "--task", "nudity", "--format", "json"]
                + arguments, environment: environment)
        #expect(!finished.output.isEmpty, "\(finished.errors)")
        #expect(!finished.text.contains("secret-") && !finished.errors.contains("secret-"))
        let result = try ModerationResult(json: finished.output)
        #expect(result.frames.map(\.info.position) == [0, 1000, 2000, 3000])
        #expect(result.finalDecision == .ko && result.segments.map(\.start) == [2000] && result.cost.operations == 4)
        return result
    }

    @Test func `a video of more than a minute is a job, asked about until it is finished`() throws {
        let requests = try withService { environment in
            _ = try check(Fixtures.folder.path + "/long.mp4", environment)
        }
        #expect(requests.map(\.path) == ["/1.0/video/check.json", "/1.0/video/byid.json", "/1.0/video/byid.json"])
    }

    @Test func `an address of unknown length is tried at once, and is a job where that is refused`() throws {
        let requests = try withService { environment in _ = try check("https://example.org/long.mp4", environment) }
        #expect(
            requests.map(\.path) == [
                "/1.0/video/check-sync.json", "/1.0/video/check.json", "/1.0/video/byid.json", "/1.0/video/byid.json",
            ])
    }

    @Test func `with an address of ours the service posts, and what is not about this video does not count`() throws {
        let port = try freePort()
        let requests = try withService { environment in
            _ = try check(
                Fixtures.folder.path + "/long.mp4", environment, "--callback-listen", "127.0.0.1:\(port)",
                "--public-url",
                "http://127.0.0.1:\(port)")
        }
        #expect(requests.map(\.path) == ["/1.0/video/check.json"])
    }

    @Test func `a file too large to be posted goes by the upload API`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        // A video followed by nothing: what matters is its size.
        let large = folder.url.appending(path: "large.mp4")
        let size = 51_000_000
        var data = try Data(contentsOf: Fixtures.folder.appending(path: "long.mp4"))
        data.append(Data(count: size - data.count))
        try data.write(to: large)
        let requests = try withService { environment in _ = try check(large.path, environment) }
        #expect(
            requests.prefix(3).map(\.path) == ["/1.0/upload/create-video.json", "/put/here", "/1.0/video/check.json"])
        #expect(requests[1] == Request(method: "PUT", path: "/put/here", size: size) && requests[2].size < 10_000)
    }

    @Test func `feedback goes to the service, by file and by address, and nonsense does not`() throws {
        let state = try TemporaryFolder()
        defer { state.remove() }
        let server = try ServerProgram()
        defer { server.stop() }
        let environment = [
            "SIGHTENGINE_API_USER": "u", "SIGHTENGINE_API_SECRET": "s", "SIGHTENGINE_URL": server.base,
            "XDG_STATE_HOME": state.url.path,
        ]
        func feedback(_ picture: String, _ model: String, _ name: String) throws -> Finished {
            try run(
                ServerProgram.path, ["feedback", picture, "--model", model, "--class", name], environment: environment)
        }
        #expect(try feedback(Fixtures.image("picture.jpg"), "nudity", "safe").text == "Thank you!\n")
        #expect(try feedback("https://example.org/a.jpg", "wad", "weapons").text == "Thank you!\n")
        #expect(try feedback("https://example.org/a.jpg", "wad", "safe").status == 64)
        #expect(try feedback("/nowhere.jpg", "wad", "weapons").status == 65)
    }

    /// One that nothing listens on now.
    private func freePort() throws -> Int {
        let text = try Python(
            lines: "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1])"
        ).run().text
        return try #require(Int(text.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}
