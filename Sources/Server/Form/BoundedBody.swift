import Forms
import HummingbirdCore
import NIOCore
import Runtime

/// A body with a limit on its size and on the time it takes to arrive. The connection's idle timeout ends silent
/// clients; this also ends slow ones. It can be iterated once.
struct BoundedBody: AsyncSequence, AsyncIteratorProtocol {
    // Created at once: releasing it stops the producer, even if nothing was read.
    private var inner: RequestBody.AsyncIterator
    private let limit: Int
    private let deadline: Duration
    private let clock: TimeSource
    private var size = 0
    private var waited = Duration.zero

    /// - Parameters:
    ///   - limit: Bytes.
    ///   - deadline: The longest total wait for the body's pieces.
    init(_ body: RequestBody, limit: Int, deadline: Duration, clock: TimeSource) {
        inner = body.makeAsyncIterator()
        self.limit = limit
        self.deadline = deadline
        self.clock = clock
    }

    func makeAsyncIterator() -> Self { self }

    /// - Throws: `Refusal.malformedBody` after the deadline, `Refusal.tooLarge`, or the connection's error.
    mutating func next() async throws -> ByteBuffer? {
        let start = clock.now()
        let chunk = try await inner.next()
        waited += clock.now() - start
        guard waited < deadline else { throw Refusal.malformedBody(.unexpectedEnd) }
        size += chunk?.readableBytes ?? 0
        guard size <= limit else { throw Refusal.tooLarge(limit: limit) }
        return chunk
    }
}
