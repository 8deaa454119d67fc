import Synchronization

/// Limits the work in progress. Further work is refused at once: in a long queue, clients would time out before their
/// work is done.
final class Admission: Sendable {
    private let count = Mutex(0)
    /// The most work in progress or waiting.
    let limit: Int

    /// - Parameter limit: The most work in progress or waiting.
    init(limit: Int) { self.limit = limit }

    /// The work in progress or waiting now.
    var current: Int { count.withLock { $0 } }

    /// Runs `body` if the limit allows.
    /// - Throws: `Refusal.overloaded`, or what `body` throws.
    func run<Result>(_ body: () async throws -> Result) async throws -> Result {
        let admitted = count.withLock { count in
            guard count < limit else { return false }
            count += 1
            return true
        }
        guard admitted else { throw Refusal.overloaded }
        defer { count.withLock { $0 -= 1 } }
        return try await body()
    }
}
