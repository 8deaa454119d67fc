import Foundation
import Moderation
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Server

private let picture = Fixtures.image("picture.jpg")

@Suite(.timeLimit(.minutes(2))) struct PictureDeadlineTests {
    /// The limit of each picture passes when its gate opens; the last gate is that of all others.
    private func passing(_ gates: [Gate]) -> @Sendable (Duration) async throws -> Void {
        let begun = Counter()
        return { limit in
            // How often the server looks for jobs is no limit of a picture.
            guard limit == .seconds(20) else { return try await Task.sleep(for: limit) }
            await gates[min(begun.next(), gates.count - 1)].wait()
        }
    }

    private final class Counter: Sendable {
        private let count = Mutex(0)

        /// 0, 1, 2…
        func next() -> Int {
            count.withLock { count in
                defer { count += 1 }
                return count
            }
        }
    }

    /// Of each dialect a request with an image: path, arguments, and what has to stand in the refusal.
    private func requests(_ files: FileServer) -> [(path: String, arguments: [String], part: String)] {
        [
            ("/1.0/nudity.json?api_user=u&api_secret=s", ["-F", "media=@\(picture)"], #""type":"api_error""#),
            (
                "/analyse/1.1", ["-F", "API_KEY=k", "-F", "task=porn_moderation", "-F", "file_image=@\(picture)"],
                #""errorCode":50"#
            ),
            (
                "/services/rest/?format=json&method=webpurify.aim.imgcheck&api_key=k&imgurl=\(files.address)/images/picture.jpg",
                [], #""code":"1""#
            ),
            ("/moderate/", ["-F", "file=@\(picture)"], #""error""#),
            ("/api/upload", ["-F", "image=@\(picture)"], #""ERR""#),
        ]
    }

    @Test func `a picture that takes longer than its limit is refused in each dialect's way, and keeps its place`()
        async throws
    {
        let files = try FileServer(folder: Fixtures.folder)
        defer { files.stop() }
        let requests = requests(files)
        let time = Gate(), later = Gate(), judge = Gate()
        try await TestServer.with(
            judge: ScriptedJudge(concurrency: requests.count, gate: judge),
            sleep: passing(requests.map { _ in time } + [later]),
            configure: { $0.imageQueue = requests.count }
        ) { server in
            try await withThrowingTaskGroup { group in
                for request in requests {
                    group.addTask {
                        (try await Answer.of([server.base + request.path] + request.arguments), request.part)
                    }
                }
                await judge.arrivals(requests.count)
                time.open()
                for try await (answer, part) in group {
                    #expect(answer.status == 503 && answer.headers["retry-after"] == "1", "\(answer.text)")
                    let sentence = "The picture could not be judged within 20 seconds."
                    #expect(answer.text.contains(sentence) && answer.text.contains(part), "\(answer.text)")
                }
            }
            // What is still being judged behind its client's back counts.
            let next = try await Answer.of([server.base + requests[0].path] + requests[0].arguments)
            #expect(next.status == 503 && next.text.contains("usage_limit"), "\(next.text)")
            judge.open()
        }
        later.open()
    }

    @Test func `within its limit a picture is judged in each dialect`() async throws {
        let files = try FileServer(folder: Fixtures.folder)
        defer { files.stop() }
        let time = Gate()
        try await TestServer.with(sleep: passing([time])) { server in
            for request in requests(files) {
                let answer = try await Answer.of([server.base + request.path] + request.arguments)
                #expect(answer.status == 200 && !answer.text.contains("within 20 seconds"), "\(answer.text)")
            }
        }
        time.open()
    }

    @Test func `the pictures of an animation have the limit each`() async throws {
        let times = [Gate(), Gate()]
        let deadline = Deadline(limit: .seconds(20), clock: TimeSource(sleep: passing(times)))
        let pictures = try await deadline.run { renew in
            await times[0].arrivals(1)
            renew()
            await times[1].arrivals(1)
            times[0].open()
            return 2
        }
        #expect(pictures == 2)
        times[1].open()
    }
}
