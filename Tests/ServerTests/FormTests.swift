import Forms
import Foundation
import FrameSampling
import HTTPTypes
import HummingbirdCore
import NIOCore
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Server

private let picture = Fixtures.image("picture.jpg")

/// What requests may hold, and who waits while it is read.
@Suite(.timeLimit(.minutes(2))) struct FormTests {
    private static let urlEncoded = "application/x-www-form-urlencoded"
    private static let limits = FormLimits(fileBytes: 0, fieldBytes: 22 << 20, fileFields: [])

    private func withDisk<Result>(_ body: (BlockingThreads) async throws -> Result) async throws -> Result {
        let disk = BlockingThreads(count: 1, name: "test disk")
        defer { disk.close() }
        return try await body(disk)
    }

    private func read(
        _ body: String, type: String = urlEncoded, query: String = "", disk: BlockingThreads,
        budget: MemoryBudget = MemoryBudget(limit: 64 << 20)
    ) async throws -> Form {
        try await read(
            RequestBody(buffer: ByteBuffer(string: body)), type, query: query,
            FormReader(budget: budget, disk: disk, deadline: .seconds(60)))
    }

    private func read(
        _ body: RequestBody, _ type: String, query: String = "", _ reader: FormReader
    ) async throws -> Form {
        var form = try Form(query: query)
        try await reader.read(body, [.contentType: type], limits: Self.limits, into: &form)
        return form
    }

    @Test func `a body that drips is ended at its deadline, and the server's own time is not its sender's`()
        async throws
    {
        let type = "multipart/form-data; boundary=B"
        try await withDisk { (disk) async throws in
            let clock = Watched()
            var reader = FormReader(budget: MemoryBudget(limit: 64 << 20), disk: disk, deadline: .seconds(60))
            reader.clock = TimeSource(now: { clock.read() })
            func read(pause: Duration, received: (@Sendable () -> Void)? = nil) async throws -> Int? {
                try await self.read(clock.body(pause: pause, received: received), type, reader)["a"]?.utf8.count
            }
            #expect(try await read(pause: .seconds(14)) == 100_000)
            await #expect(throws: Refusal.malformedBody(.unexpectedEnd)) { try await read(pause: .seconds(21)) }
            // The thread that decodes the field is busy for an hour once its last piece was received.
            let gate = DispatchSemaphore(value: 0)
            let (started, starting) = AsyncStream.makeStream(of: Void.self)
            let busy = Task {
                await disk.run {
                    starting.finish()
                    gate.wait()
                    clock.pass(.seconds(3600))
                }
            }
            for await _ in started {}
            #expect(try await read(pause: .seconds(14)) { gate.signal() } == 100_000)
            await busy.value
        }
    }

    @Test func `256 fields are taken in all, from the query and the body together`() async throws {
        func fields(_ name: String, _ count: Int) -> String {
            (0..<count).map { "\(name)\($0)=\($0)" }.joined(separator: "&")
        }
        func parts(_ count: Int) -> String {
            let part = "--B\r\nContent-Disposition: form-data; name=p\r\n\r\n1\r\n"
            return String(repeating: part, count: count) + "--B--"
        }
        try await withDisk { disk in
            let form = try await read(fields("b", 56), query: fields("a", 200), disk: disk)
            #expect(form["a199"] == "199" && form["b55"] == "55")
            let multipart = "multipart/form-data; boundary=B"
            _ = try await read(parts(56), type: multipart, query: fields("a", 200), disk: disk)
            let tooMany = Refusal.malformedBody(.tooManyFields)
            await #expect(throws: tooMany) { try await read(fields("b", 57), query: fields("a", 200), disk: disk) }
            await #expect(throws: tooMany) {
                try await read(parts(57), type: multipart, query: fields("a", 200), disk: disk)
            }
            await #expect(throws: tooMany) { try await read("", query: fields("a", 257), disk: disk) }
            // The same name again is a field again.
            await #expect(throws: tooMany) { try await read(String(repeating: "a&", count: 257), disk: disk) }
        }
    }

    @Test func `values come without blanks around them, and none when they are nothing else`() async throws {
        try await withDisk { disk in
            let form = try await read("a=+x+y%0A&b=%20&c=", disk: disk)
            #expect(form["a"] == "x y" && form["b"] == nil && form["c"] == nil && form["d"] == nil)
            let part = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n \t x\r\n\r\n--B--"
            #expect(try await read(part, type: "multipart/form-data; boundary=B", disk: disk)["a"] == "x")
        }
    }

    @Test(arguments: [urlEncoded, "multipart/form-data; boundary=B"])
    func `a long field is decoded on threads of its own, a short one at once`(_ type: String) async throws {
        func body(_ length: Int) -> String {
            let value = String(repeating: "x", count: length)
            guard type != Self.urlEncoded else { return "a=" + value }
            return "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n\(value)\r\n--B--"
        }
        try await withDisk { (disk) async throws in
            let gate = DispatchSemaphore(value: 0)
            let blocked = Task { await disk.run { gate.wait() } }
            // The thread has something else to do: what needs it waits, and what does not goes on.
            let isRead = Mutex(false)
            async let long = {
                let form = try await read(body(100_000), type: type, disk: disk)
                isRead.withLock { $0 = true }
                return form["a"]?.utf8.count
            }()
            for _ in 0..<200 {
                await Task.yield()
                #expect(try await read(body(60_000), type: type, disk: disk)["a"]?.utf8.count == 60_000)
            }
            #expect(isRead.withLock { $0 } == false)
            gate.signal()
            #expect(try await long == 100_000)
            await blocked.value
        }
    }

    @Test func `the health is told while bodies made to be slow are read`() async throws {
        try await TestServer.with { server in
            let size = 20_000_000
            let form = "POST /analyse/1.1 HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
            let multipart = form + "multipart/form-data; boundary=B"
            let bodies: [(head: String, body: String)] = [
                (form + Self.urlEncoded, String(repeating: "a&", count: size / 2)),
                (form + Self.urlEncoded, "a=" + String(repeating: "%20", count: size / 3)),
                (form + Self.urlEncoded, "url_image=data:image/png;base64," + String(repeating: "A", count: size)),
                (multipart, "--B" + String(repeating: " ", count: size)),
                (multipart, String(repeating: "--B\r\n", count: size / 5)),
                (multipart + String(repeating: ";a=b", count: 15_000), "--B"),
            ]
            let clients = try await onThread { [port = server.port] in
                try bodies.map { head, body in
                    let client = try RawClient(port: port)
                    try client.send("\(head)\r\nContent-Length: \(body.utf8.count + 1)\r\n\r\n\(body)".utf8)
                    return client
                }
            }
            // Not one of them has sent all of it: whatever is told now is told before they are done.
            #expect(try await server.curl("/healthz").text.contains("ok"))
            let answers = try await onThread {
                clients.map { client in
                    try? client.send("x".utf8)
                    return client.receive(until: "}")
                }
            }
            for answer in answers { #expect(answer.contains(#""status":"failure""#), "\(answer)") }
            #expect(answers[0].contains("too many fields") && answers[3].contains("too long"))
        }
    }

    @Test func `a picture in an address is judged, and the address is not sent back`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "form")
        // Large enough to be decoded apart.
        let image = try Data(contentsOf: URL(filePath: picture)) + Data(count: 100_000)
        try Data("DATA:image/jpeg;base64,\(image.base64EncodedString())".utf8).write(to: file)
        try await TestServer.with { server in
            let key = ["-F", "API_KEY=k", "-F", "task=porn_moderation"]
            let answer = try await Answer.of(["\(server.base)/analyse/1.1", "-F", "url_image=<\(file.path)"] + key)
            #expect(answer.text.contains(#""status":"success""#), "\(answer.text)")
            #expect(answer.text.contains(#""url_image":"data:""#), "\(answer.text)")
            for bad in ["data:image/jpeg;base64", "data:image/jpeg,AAAA", "data:image/jpeg;base64,"] {
                let refused = try await Answer.of(["\(server.base)/analyse/1.1", "-F", "url_image=\(bad)"] + key)
                #expect(refused.text.contains(#""errorCode":30"#), "\(bad): \(refused.text)")
            }
        }
    }
}

/// A clock that is moved by hand, and a sender that looks at it.
private final class Watched: Sendable {
    private let time = Mutex(Duration.zero)
    private let received = Mutex<(@Sendable () -> Void)?>(nil)

    /// What the clock shows. Whoever waited for the last piece reads it next, and is told of then.
    func read() -> Duration {
        defer {
            received.withLock { received in
                defer { received = nil }
                return received
            }?()
        }
        return time.withLock { $0 }
    }

    func pass(_ duration: Duration) { time.withLock { $0 += duration } }

    /// A long field in three pieces, before each of which, and before the end, the sender takes so long.
    /// - Parameter received: Called once the last piece was received.
    func body(pause: Duration, received: (@Sendable () -> Void)?) -> RequestBody {
        let head = "--B\r\nContent-Disposition: form-data; name=a\r\n\r\n"
        let pieces = Pieces([head, String(repeating: "x", count: 100_000), "\r\n--B--"])
        return RequestBody(
            asyncSequence: AsyncStream<ByteBuffer> { [self] in
                pass(pause)
                let (piece, isLast) = pieces.next()
                if isLast { self.received.withLock { $0 = received } }
                return piece.map { ByteBuffer(string: $0) }
            })
    }

    private final class Pieces: Sendable {
        private let left: Mutex<[String]>
        init(_ pieces: [String]) { left = Mutex(pieces) }
        func next() -> (piece: String?, isLast: Bool) {
            left.withLock { left in
                let piece = left.isEmpty ? nil : left.removeFirst()
                return (piece, piece != nil && left.isEmpty)
            }
        }
    }
}
