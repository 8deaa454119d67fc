import Synchronization

/// Limits the memory of all uploads together. Uploads that get no share go to temporary files.
final class MemoryBudget: Sendable {
    private let used = Mutex(0)
    private let limit: Int

    /// - Parameter limit: Bytes.
    init(limit: Int) { self.limit = limit }

    /// A part of the budget. Releasing it returns the bytes.
    final class Share: Sendable {
        private let budget: MemoryBudget
        private let bytes: Int

        fileprivate init(_ budget: MemoryBudget, _ bytes: Int) {
            self.budget = budget
            self.bytes = bytes
        }

        deinit { budget.used.withLock { $0 -= bytes } }
    }

    /// Reserves bytes.
    /// - Returns: `nil` if fewer are left.
    func take(_ bytes: Int) -> Share? {
        let fits = used.withLock { used in
            guard used + bytes <= limit else { return false }
            used += bytes
            return true
        }
        return fits ? Share(self, bytes) : nil
    }
}
