import Foundation
import KnownContent
import Synchronization
import TestSupport
import Testing

private func hex(_ digit: Int) -> String { String(repeating: "0f", count: 31) + "0" + String(digit, radix: 16) }

/// Sentences that were told, which can be waited for.
private final class Told: Sendable {
    private let sentences: AsyncStream<String>
    private let continuation: AsyncStream<String>.Continuation

    init() { (sentences, continuation) = AsyncStream.makeStream() }

    func hear(_ sentence: String) { continuation.yield(sentence) }

    func next() async -> String? { await sentences.first { _ in true } }
}

/// A clock that is set.
private final class Clock: Sendable {
    private let time = Mutex(ContinuousClock.now)

    var now: ContinuousClock.Instant { time.withLock { $0 } }

    func advance(_ duration: Duration) { time.withLock { $0 += duration } }
}

@Suite struct ReloadTests {
    @Test func `a list that has changed is read again, and until then the former one is used`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appendingPathComponent("list.txt")
        try Data((hex(1) + "\n").utf8).write(to: file)
        let (clock, told) = (Clock(), Told())
        let lists = try KnownContentLists([file.path], now: { clock.now }, tell: told.hear)
        #expect(lists.current.count == 1)
        try Data((hex(1) + "\n" + hex(2) + "\n").utf8).write(to: file)
        // Too early to look.
        #expect(lists.current.count == 1)
        clock.advance(.seconds(1))
        #expect(lists.current.count <= 2)
        #expect(await told.next() == "The hash lists have changed and were read again.")
        clock.advance(.milliseconds(1))
        #expect(lists.current.count == 2)
    }

    @Test func `a list that becomes unreadable is told of, and the former hashes stay`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appendingPathComponent("list.txt")
        try Data((hex(1) + "\n").utf8).write(to: file)
        let (clock, told) = (Clock(), Told())
        let lists = try KnownContentLists([file.path], now: { clock.now }, tell: told.hear)
        try FileManager.default.removeItem(at: file)
        clock.advance(.seconds(1))
        _ = lists.current
        let sentence = try #require(await told.next())
        #expect(sentence == "\(file.path): the hash list cannot be read. The hashes read before stay in use.")
        #expect(lists.current.count == 1)
    }

    @Test func `bad lines are told by file, line and reason, and never what stands there`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appendingPathComponent("list.txt")
        try Data("\(hex(1))\n\(hex(2).dropLast())\nsecret name\n".utf8).write(to: file)
        let sentences = Mutex<[String]>([])
        _ = try KnownContentLists([file.path]) { sentence in sentences.withLock { $0.append(sentence) } }
        #expect(
            sentences.withLock { $0 } == [
                "\(file.path):2: there are 63 hexadecimal digits; a PDQ hash has 64.",
                "\(file.path):3: a PDQ hash is 64 hexadecimal digits.",
            ])
    }

    @Test func `a list that is not there, or is a folder, is refused`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let missing = folder.url.appendingPathComponent("missing").path
        #expect(throws: KnownContentError.unreadable(path: missing)) { try KnownContentLists([missing]) { _ in } }
        #expect(throws: KnownContentError.notAFile(path: folder.url.path)) {
            try KnownContentLists([folder.url.path]) { _ in }
        }
    }
}
