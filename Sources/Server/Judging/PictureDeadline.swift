import Runtime
import Synchronization

/// Bounds the time that one picture takes, from when it is taken on to its judgement.
struct PictureDeadline: Sendable {
    let limit: Duration
    let clock: TimeSource

    /// Runs `body` in a task of its own. Once the limit is over, throws at once and cancels the task: what it cannot break
    /// off, such as decoding a picture, it finishes behind the caller's back, with its place in the queue and its memory.
    /// - Parameter body: Calls what it is given after each picture, which begins the time anew.
    /// Throws `Refusal.tooSlow`, `CancellationError`, and what `body` throws.
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

    /// Waits in a task that can be begun anew.
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
