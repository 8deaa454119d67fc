import Runtime
import Synchronization

/// A connection of its own that waits for notifications.
///
/// `@unchecked Sendable`: the connection is used on `thread` only, one call at a time.
final class PostgreSQLListener: @unchecked Sendable {
    private let connection: PostgreSQLConnection
    private let thread: BlockingThreads

    /// How often a wait looks whether it was cancelled, in ms.
    private static let slice: Int64 = 500

    /// - Parameter channel: Letters and underscores.
    /// - Returns: `nil` if the connection is not a session of its own: what it would listen to is somebody else's then.
    /// - Throws: `StoreProblem`, `CancellationError`.
    static func connect(_ address: PostgreSQLAddress, to channel: String) async throws -> PostgreSQLListener? {
        let thread = BlockingThreads(count: 1, name: "framesift hints")
        do {
            let listener = try await thread.run { () throws -> PostgreSQLListener? in
                let connection = try PostgreSQLConnection(address)
                let backend: Int? = try connection.value("SELECT pg_backend_pid()")
                // Poolers tell each client of a process that does not exist.
                guard backend == connection.process else { return nil }
                try connection.run("LISTEN \(channel)")
                return PostgreSQLListener(connection, thread)
            }
            if listener == nil { thread.close() }
            return listener
        } catch {
            thread.close()
            throw error
        }
    }

    private init(_ connection: PostgreSQLConnection, _ thread: BlockingThreads) {
        (self.connection, self.thread) = (connection, thread)
    }

    deinit { thread.close() }

    /// Waits for a while.
    /// - Returns: Whether there was a notification.
    /// - Throws: `StoreProblem` if the connection was lost, `CancellationError`.
    func wait() async throws -> Bool {
        try Task.checkCancellation()
        return try await thread.run { [self] in try connection.waitForNotification(Self.slice) }
    }
}
