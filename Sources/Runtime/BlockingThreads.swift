import Foundation

/// Threads for calls that block. Such calls would starve the cooperative pool, where every other task runs.
///
/// `@unchecked Sendable`: `waiting` and `closed` are only touched with `condition` locked.
package final class BlockingThreads: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [@Sendable () -> Void] = []
    private var closed = false

    /// Starts `count` threads (at least 1), which run until `close()`.
    package init(count: Int, name: String) {
        for _ in 0..<max(1, count) {
            let thread = Thread { self.work() }
            thread.name = name
            thread.start()
        }
    }

    private func work() {
        while let body = nextBody() { body() }
    }

    private func nextBody() -> (@Sendable () -> Void)? {
        condition.lock()
        defer { condition.unlock() }
        while waiting.isEmpty && !closed { condition.wait() }
        return waiting.isEmpty ? nil : waiting.removeFirst()
    }

    /// Runs `body` on one of the threads and returns what it returns. Bodies start in the order they were given.
    package func run<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            condition.lock()
            waiting.append { continuation.resume(with: Swift.Result(catching: body)) }
            condition.signal()
            condition.unlock()
        }
    }

    /// Ends the threads once nothing waits.
    package func close() {
        condition.lock()
        closed = true
        condition.broadcast()
        condition.unlock()
    }
}
