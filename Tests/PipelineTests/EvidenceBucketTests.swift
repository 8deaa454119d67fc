import Foundation
import Runtime
import Synchronization
import TestSupport
import Testing

@testable import Pipeline

/// Evidence that goes to object storage.
@Suite(.timeLimit(.minutes(1))) struct EvidenceBucketTests {
    private struct Away: Error {}
    private struct Refused: Error {}

    /// A storage in memory.
    private final class Memory: Sendable {
        let objects = Mutex<[String: String]>([:])
        let failures = Mutex<[any Error]>([])
        let said = Mutex<[String]>([])
        let waits = Mutex<[Duration]>([])
        let gate = Gate()
        let isClosed = Mutex(false)

        func bucket(maxFiles: Int = 1000, maxBytes: Int = 1 << 20) throws -> EvidenceBucket {
            let storage = EvidenceBucket.Storage(
                place: "s3://b/p/",
                put: { path, name in
                    if self.isClosed.withLock({ $0 }) {
                        await self.gate.wait()
                        try Task.checkCancellation()
                    }
                    if let failure = self.failures.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) { throw failure }
                    let content = try String(contentsOfFile: path, encoding: .utf8)
                    self.objects.withLock { $0[name] = content }
                }, remove: { name in self.objects.withLock { $0[name] = nil } }, mayPass: { $0 is Away })
            return try EvidenceBucket(
                storage, maxFiles: maxFiles, maxBytes: maxBytes,
                clock: TimeSource(
                    sleep: { wait in
                        // The wait for the end never ends; those between attempts are over at once.
                        if wait > .seconds(60) { try await waitForEver() }
                        self.waits.withLock { $0.append(wait) }
                    }, random: { 1 }),
                problem: { problem in self.said.withLock { $0.append(problem) } })
        }
    }

    private func keep(_ bucket: EvidenceBucket, _ name: String, _ content: String = "x") async -> String? {
        await bucket.keep(name) { path in
            try Data(content.utf8).write(to: URL(filePath: path))
            return content.utf8.count
        }
    }

    private let long = Duration.seconds(3600)

    @Test func `what is kept is stored under its name, and said to be there`() async throws {
        let memory = Memory()
        let bucket = try memory.bucket()
        #expect(await keep(bucket, "a.jpg", "one") == "s3://b/p/a.jpg")
        #expect(await keep(bucket, "b.mp4", "two") == "s3://b/p/b.mp4")
        #expect(await bucket.finish(within: long) == 0)
        #expect(memory.objects.withLock { $0 } == ["a.jpg": "one", "b.mp4": "two"])
        #expect(memory.said.withLock { $0.isEmpty })
    }

    @Test func `a storage that is away is asked again, after longer and longer, and then no more`() async throws {
        let memory = Memory()
        memory.failures.withLock { $0 = Array(repeating: Away(), count: 7) }
        let bucket = try memory.bucket()
        _ = await keep(bucket, "a.jpg")
        #expect(await bucket.finish(within: long) == 0)
        #expect(memory.objects.withLock { Array($0.keys) } == ["a.jpg"])
        #expect(memory.waits.withLock { $0 } == [1, 2, 4, 8, 16, 30, 30].map { .seconds($0) })

        memory.failures.withLock { $0 = Array(repeating: Away(), count: 8) }
        let other = try memory.bucket()
        _ = await keep(other, "b.jpg")
        _ = await keep(other, "c.jpg")
        #expect(await other.finish(within: long) == 1)
        #expect(memory.objects.withLock { $0.keys.sorted() } == ["a.jpg", "c.jpg"])
        let said = memory.said.withLock { $0 }
        #expect(said.count == 1 && said.first?.hasPrefix("s3://b/p/b.jpg: not stored") == true, "\(said)")
    }

    @Test func `what is refused is not tried again`() async throws {
        let memory = Memory()
        memory.failures.withLock { $0 = [Refused()] }
        let bucket = try memory.bucket()
        _ = await keep(bucket, "a.jpg")
        #expect(await bucket.finish(within: long) == 1)
        #expect(memory.waits.withLock { $0.isEmpty })
    }

    @Test func `so many wait, and each that is dropped is said and counted`() async throws {
        let memory = Memory()
        memory.isClosed.withLock { $0 = true }
        let bucket = try memory.bucket()
        var kept = 0
        for number in 0..<80 { kept += await keep(bucket, "\(number).jpg") == nil ? 0 : 1 }
        // One may be on its way besides.
        #expect((EvidenceQueue.maxWaiting...EvidenceQueue.maxWaiting + 1).contains(kept))
        #expect(memory.said.withLock { $0.count } == 80 - kept)
        memory.isClosed.withLock { $0 = false }
        memory.gate.open()
        #expect(await bucket.finish(within: long) == 80 - kept)
        #expect(memory.objects.withLock { $0.count } == kept)
    }

    @Test func `a picture that is replaced while it waits is stored once`() async throws {
        let memory = Memory()
        memory.isClosed.withLock { $0 = true }
        let bucket = try memory.bucket()
        for content in ["0", "1", "2"] { _ = await keep(bucket, "peak.jpg", content) }
        memory.isClosed.withLock { $0 = false }
        memory.gate.open()
        #expect(await bucket.finish(within: long) == 0)
        #expect(memory.objects.withLock { $0 } == ["peak.jpg": "2"])
    }

    @Test func `beyond its limits the oldest goes`() async throws {
        for limits in [(files: 2, bytes: 1000), (files: 1000, bytes: 2)] {
            let memory = Memory()
            let bucket = try memory.bucket(maxFiles: limits.files, maxBytes: limits.bytes)
            for name in ["a", "b", "c", "d"] { _ = await keep(bucket, name) }
            #expect(await bucket.finish(within: long) == 0)
            #expect(memory.objects.withLock { $0.keys.sorted() } == ["c", "d"])
            #expect(
                memory.said.withLock { $0 } == [
                    "s3://b/p/ is full: for each new file the oldest is deleted from now on."
                ])
        }
    }
}
