import Foundation
import Runtime
import Synchronization
import Testing

@Suite struct BlockingThreadsTests {
    private struct Failure: Error {}

    /// How many are within.
    private final class Crowd: Sendable {
        private let state = Mutex((now: 0, most: 0))

        var most: Int { state.withLock { $0.most } }

        func enter() { state.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) } }
        func leave() { state.withLock { $0.now -= 1 } }
    }

    @Test func `what a body returns or throws is its caller's`() async throws {
        let threads = BlockingThreads(count: 1, name: "test")
        defer { threads.close() }
        #expect(await threads.run { 7 } == 7)
        await #expect(throws: Failure.self) { try await threads.run { throw Failure() } }
    }

    /// More than there are processors: on the cooperative pool the bodies would wait for one another.
    @Test func `as many bodies block at once as there are threads, and nobody else is held up`() async throws {
        let threads = BlockingThreads(count: 40, name: "test")
        defer { threads.close() }
        let (gate, crowd) = (DispatchSemaphore(value: 0), Crowd())
        let (started, starting) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<50 {
                group.addTask {
                    await threads.run {
                        crowd.enter()
                        starting.yield()
                        gate.wait()
                        crowd.leave()
                    }
                }
            }
            var starts = started.makeAsyncIterator()
            for _ in 0..<40 { await starts.next() }
            for _ in 0..<50 { gate.signal() }
            try await group.waitForAll()
        }
        #expect(crowd.most == 40)
    }
}
