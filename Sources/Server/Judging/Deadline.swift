import Runtime
import Synchronization

/// Limits the time that work takes, such as waiting, decoding and judging for one picture.
struct Deadline: Sendable {
    /// The longest time, from the start or the last renewal.
    let limit: Duration
    let clock: TimeSource

    /// Runs `body` in its own task. After the limit, this throws at once and cancels the task. Work that cannot be
    /// cancelled, such as decoding, continues in the background and keeps its place in the queue and its memory.
    /// - Parameter body: Calls `renew` to restart the time, such as after each picture.
    /// - Throws: `Refusal.tooSlow`, `CancellationError`, or what `body` throws.
    func run<Value: Sendable>(
        _ body: @escaping @Sendable (_ renew: @escaping @Sendable () -> Void) async throws -> Value
    ) async throws -> Value {
        let (answers, answer) = AsyncThrowingStream<Value, any Error>.makeStream()
        let timer = Timer { [limit, clock] in
            guard (try? await clock.sleep(limit)) != nil, !Task.isCancelled else { return }
            answer.finish(throwing: Refusal.tooSlow(limit))
        }
        let work = Task {
            do {
                answer.yield(try await body { timer.restart() })
                answer.finish()
            } catch {
                answer.finish(throwing: error)
            }
        }
        defer {
            timer.end()
            work.cancel()
        }
        for try await value in answers { return value }
        throw CancellationError()
    }

    /// Runs `wait` in a task that can be restarted.
    private final class Timer: Sendable {
        private let wait: @Sendable () async -> Void
        private let state = Mutex((task: Task<Void, Never>?.none, hasEnded: false))

        init(_ wait: @escaping @Sendable () async -> Void) {
            self.wait = wait
            restart()
        }

        func restart() {
            state.withLock { state in
                guard !state.hasEnded else { return }
                state.task?.cancel()
                state.task = Task { [wait] in await wait() }
            }
        }

        func end() {
            state.withLock { state in
                state.hasEnded = true
                state.task?.cancel()
            }
        }
    }
}
