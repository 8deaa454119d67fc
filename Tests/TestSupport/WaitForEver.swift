/// What no time ends, only the cancellation of the task. Throws `CancellationError`.
public func waitForEver() async throws {
    let (stream, continuation) = AsyncStream.makeStream(of: Void.self)
    for await _ in stream {}
    withExtendedLifetime(continuation) {}
    throw CancellationError()
}
