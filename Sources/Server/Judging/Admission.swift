import Synchronization

/// How much work is taken on. What does not fit is refused at once: a client that waits in a long line times out there,
/// and its work is done for nobody.
final class Admission: Sendable {
    private let count = Mutex(0)
    /// Work in progress and waiting at most.
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// In progress and waiting now.
    var current: Int { count.withLock { $0 } }

    /// Throws `Refusal.overloaded`; else the place is held until `body` is done.
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
