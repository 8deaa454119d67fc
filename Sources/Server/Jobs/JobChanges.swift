import Foundation
import Synchronization

/// Notifies the dashboard's pages when jobs change.
final class JobChanges: Sendable {
    private let subscribers = Mutex<[UUID: AsyncStream<Void>.Continuation]>([:])
    /// Each subscriber holds a connection.
    private static let maxSubscribers = 64

    /// A stream with an element for the present state and one after each change. Changes that come faster than they are
    /// read are combined.
    /// - Returns: `nil` if there are too many subscribers.
    func subscribe() -> AsyncStream<Void>? {
        let (changes, continuation) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let id = UUID()
        let isAdded = subscribers.withLock { subscribers in
            guard subscribers.count < Self.maxSubscribers else { return false }
            subscribers[id] = continuation
            return true
        }
        guard isAdded else { return nil }
        continuation.onTermination = { [weak self] _ in
            _ = self?.subscribers.withLock { $0.removeValue(forKey: id) }
        }
        continuation.yield()
        return changes
    }

    /// Notifies all subscribers.
    func notify() {
        for subscriber in subscribers.withLock({ Array($0.values) }) { subscriber.yield() }
    }
}
