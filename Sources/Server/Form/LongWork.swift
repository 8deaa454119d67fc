import Runtime

extension BlockingThreads {
    /// More bytes would block the cooperative threads, which all requests share, for too long.
    private static let maxInlineBytes = 64 << 10

    /// Runs `body`, on one of these threads if it processes many bytes, otherwise directly.
    /// - Throws: What `body` throws.
    func run<Result: Sendable>(
        over bytes: Int, _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        bytes > Self.maxInlineBytes ? try await run(body) : try body()
    }
}
