import Runtime

extension BlockingThreads {
    /// Bytes of one request that the cooperative threads, which everybody shares, are kept with.
    private static let shortWork = 64 << 10

    /// Works through bytes: on one of these threads if they are many, else at once.
    func run<Result: Sendable>(
        over bytes: Int, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        bytes > Self.shortWork ? try await run(body) : try body()
    }
}
