import Foundation

/// Threads for blocking calls, which would starve Swift's cooperative thread pool.
///
/// `@unchecked Sendable`: `waiting` and `closed` are only accessed while `condition` is locked.
package final class BlockingThreads: @unchecked Sendable {
    private let condition = NSCondition()
    private var waiting: [@Sendable () -> Void] = []
    private var closed = false

    /// Starts threads that run until `close()`.
    /// - Parameters:
    ///   - count: The number of threads; at least 1 is started.
    ///   - name: The name of each thread, as debuggers show it.
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

    /// Runs `body` on one of the threads. Bodies start in the order in which they were submitted.
    /// - Returns: The result of `body`.
    /// - Throws: Any error that `body` throws.
    package func run<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable () throws(Failure) -> Value
    ) async throws(Failure) -> Value {
        let result = await withCheckedContinuation { continuation in
            condition.lock()
            waiting.append { continuation.resume(returning: Result(catching: body)) }
            condition.signal()
            condition.unlock()
        }
        return try result.get()
    }

    /// Ends the threads once all submitted bodies have run.
    package func close() {
        condition.lock()
        closed = true
        condition.broadcast()
        condition.unlock()
    }
}
