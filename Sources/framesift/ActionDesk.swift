import Callbacks
import Moderation
import Pipeline
import Store
import Synchronization

/// Brings what became of actions to the streams that they are about, while these are watched.
final class ActionDesk: Sendable {
    private struct Told {
        let news: ActionNews
        let segment: Int?
    }
    private let streams = Mutex<[String: Told]>([:])

    /// The most actions whose stream is known at once. What became of others is told on standard error.
    private static let capacity = 10_000

    /// An action is about to be stored.
    func expect(_ id: String, _ trigger: ActionTrigger, for news: ActionNews) {
        streams.withLock { streams in
            guard streams.count < Self.capacity else { return }
            streams[id] = Told(news: news, segment: trigger.segment?.id)
            news.expect(id)
        }
    }

    /// An attempt was made.
    func tell(_ outcome: ActionOutcome) {
        let told = streams.withLock { streams in
            outcome.result == .failed ? streams[outcome.id] : streams.removeValue(forKey: outcome.id)
        }
        var outcome = outcome
        outcome.segment = told?.segment
        told?.news.tell(outcome)
        guard outcome.result != .delivered else { return }
        let ending = outcome.result == .failed ? "and will be tried again" : "and was given up"
        printError("framesift: an action (\(outcome.kind.rawValue)) failed (\(outcome.problem ?? "?")) \(ending)")
    }
}
