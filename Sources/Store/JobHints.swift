import Runtime

/// Hints that a job waits. Nothing depends on them: whoever hears none finds the job when it looks next.
extension Store {
    private static let channel = "framesift_job"
    /// How long to wait after a connection that failed, in seconds: twice as long each time.
    private static let (firstDelay, longestDelay) = (1, 30)

    /// Tells all processes that listen, once the transaction ends.
    func hint(_ database: any SQLConnection) throws {
        if isShared { _ = try database.rows("SELECT pg_notify(?, '')", Self.channel) }
    }

    /// What a process that listens hears.
    public enum JobHint: Hashable, Sendable {
        /// It listens from now on. What was told before was not heard.
        case listening
        /// A job waits, unless another process was faster.
        case job
    }

    /// Calls `heard` when a job begins to wait, at whichever process, until the task is cancelled.
    /// - Parameter heard: Must not block.
    /// - Returns: Where the database tells nothing: an SQLite file, or a connection that is not a session of its own, such
    ///   as PgBouncer's in transaction mode.
    /// - Throws: `CancellationError`.
    public func hearOfJobs(clock: TimeSource = .system, _ heard: @Sendable (JobHint) -> Void) async throws {
        guard let server = database.base as? PostgreSQLDatabase else { return }
        var delay = Self.firstDelay
        while true {
            do {
                guard let listener = try await server.listener(to: Self.channel) else { return }
                delay = Self.firstDelay
                heard(.listening)
                while true { if try await listener.wait() { heard(.job) } }
            } catch is StoreProblem {
                // Who looks for jobs says what is wrong with the database.
                try await clock.sleep(.seconds(delay))
                delay = min(2 * delay, Self.longestDelay)
            }
        }
    }
}
