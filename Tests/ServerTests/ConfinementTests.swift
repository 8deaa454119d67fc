import Foundation
import TestSupport
import Testing

/// What a server has left of the machine while it runs.
@Suite(.timeLimit(.minutes(2))) struct ConfinementTests {
    private struct Health: Decodable { var status: String, confined: Bool }

    private func health(of server: ServerProgram) throws -> Health {
        try JSONDecoder().decode(Health.self, from: run("curl", ["-s", server.base + "/healthz"]).output)
    }

    /// A picture judged, so that every thread that judges is there.
    private func judge(at server: ServerProgram) throws {
        let arguments = ["-s", "-F", "API_KEY=k", "-F", "task=porn_moderation", "-F"]
        let file = "file_image=@\(Fixtures.still("still.jpg"))"
        let answer = try run("curl", arguments + [file, server.base + "/analyse/1.1"]).text
        #expect(answer.contains(#""status":"success""#), "\(answer)")
    }

    /// What the kernel says of each thread, such as `Seccomp`.
    private func states(ofThreadsOf process: Int32, _ names: Set<String>) throws -> [[String: String]] {
        let folder = "/proc/\(process)/task"
        return try FileManager.default.contentsOfDirectory(atPath: folder).compactMap { thread in
            // A thread may end between the two.
            guard let text = try? String(contentsOfFile: "\(folder)/\(thread)/status", encoding: .utf8) else {
                return nil
            }
            let fields = text.split(separator: "\n").map { $0.split(separator: ":", maxSplits: 1) }
            let pairs = fields.filter { names.contains(String($0[0])) }.map {
                (String($0[0]), $0[1].trimmingCharacters(in: .whitespaces))
            }
            return Dictionary(pairs) { $1 }
        }
    }

    @Test func `no thread of a server can run a program or gain a right`() throws {
        let server = try ServerProgram()
        defer { server.stop() }
        try judge(at: server)
        let states = try states(ofThreadsOf: server.processIdentifier, ["Seccomp", "NoNewPrivs"])
        #expect(states.count > 4)
        #expect(states.allSatisfy { $0 == ["Seccomp": "2", "NoNewPrivs": "1"] }, "\(states)")
        // This process is not confined.
        #expect(try self.states(ofThreadsOf: getpid(), ["NoNewPrivs"]).contains { $0 == ["NoNewPrivs": "0"] })
    }

    @Test func `a server reads no file beside those it needs, also when a list leads there`() async throws {
        let (folder, elsewhere) = (
            try TemporaryFolder(), try TemporaryFolder(in: Fixtures.root.appending(path: ".build"))
        )
        defer { for place in [folder, elsewhere] { place.remove() } }
        let list = folder.url.appending(path: "known.txt"), other = elsewhere.url.appending(path: "known.txt")
        let hashes = try run(ServerProgram.path, ["hash", Fixtures.still("still.jpg")]).ending().output
        for place in [list, other] { try hashes.write(to: place) }
        let server = try ServerProgram("--known", list.path, "--log-level", "warning")
        defer { server.stop() }
        func heard(after change: () throws -> Void) async throws -> String {
            try change()
            let asking = Task { while !Task.isCancelled { try await onThread { try judge(at: server) } } }
            let line = try await server.nextLine()
            asking.cancel()
            try await asking.value
            return line ?? ""
        }
        let link = try await heard {
            try FileManager.default.removeItem(at: list)
            try FileManager.default.createSymbolicLink(at: list, withDestinationURL: other)
        }
        #expect(link.contains("cannot be read") && link.contains("stay in use"), "\(link)")
        // The same bytes, where the list was.
        let file = try await heard {
            try FileManager.default.removeItem(at: list)
            try hashes.write(to: list)
        }
        #expect(file.contains("were read again"), "\(file)")
    }

    @Test func `a server says whether it is confined`() throws {
        let server = try ServerProgram()
        defer { server.stop() }
        let health = try health(of: server)
        #expect(health.status == "ok" && health.confined)
    }

    @Test func `on a kernel without Landlock a server says so, and still runs no program`() throws {
        let kernel = Fixtures.root.appending(path: ".build/debug/old-kernel").path
        let server = try ServerProgram(["--log-level", "warning"], under: [kernel])
        defer { server.stop() }
        #expect(server.preamble.contains { $0.contains("not confined: The kernel has no Landlock") })
        let health = try health(of: server)
        #expect(health.status == "ok" && !health.confined)
        let states = try states(ofThreadsOf: server.processIdentifier, ["Seccomp", "Seccomp_filters"])
        #expect(states.allSatisfy { $0 == ["Seccomp": "2", "Seccomp_filters": "2"] }, "\(states)")
    }
}
