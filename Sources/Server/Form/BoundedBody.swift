import Forms
import HummingbirdCore
import NIOCore
import Runtime

/// A body that has to be complete in time, and no larger than it may be: silence is ended by the connection's idle limit,
/// dripping by this. Once.
struct BoundedBody: AsyncSequence {
    // Made at once, so that letting it go ends what feeds it, whether or not anything was read.
    private let inner: RequestBody.AsyncIterator
    private let limit: Int
    private let deadline: Duration
    private let clock: TimeSource

    init(_ body: RequestBody, limit: Int, deadline: Duration, clock: TimeSource) {
        inner = body.makeAsyncIterator()
        self.limit = limit
        self.deadline = deadline
        self.clock = clock
    }

    struct Iterator: AsyncIteratorProtocol {
        fileprivate var inner: RequestBody.AsyncIterator
        fileprivate let limit: Int
        fileprivate let deadline: Duration
        fileprivate let clock: TimeSource
        fileprivate var size = 0
        fileprivate var waited = Duration.zero

        mutating func next() async throws -> ByteBuffer? {
            let asked = clock.now()
            let chunk = try await inner.next()
            waited += clock.now() - asked
            guard waited < deadline else { throw Refusal.malformedBody(.unexpectedEnd) }
            size += chunk?.readableBytes ?? 0
            guard size <= limit else { throw Refusal.tooLarge(limit: limit) }
            return chunk
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(inner: inner, limit: limit, deadline: deadline, clock: clock) }
}
