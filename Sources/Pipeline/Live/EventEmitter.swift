import Moderation

/// Numbers and dates a stream's events and passes them to the listener.
///
/// Belongs to one run, which is an actor and isolates it, so calls never overlap.
final class EventEmitter {
    let listener: WatchListener
    private let stream: String
    private let wall: @Sendable () -> Double
    private var sequence = 0

    /// - Parameters:
    ///   - stream: The stream's name in events.
    ///   - wall: The wall clock, in Unix seconds.
    init(_ stream: String, wall: @escaping @Sendable () -> Double, _ listener: WatchListener) {
        self.stream = stream
        self.wall = wall
        self.listener = listener
    }

    /// Returns when the listener has handled the event.
    func emit(
        _ content: LiveEvent.Content, _ place: StreamNarration.Place, isolation: isolated (any Actor)? = #isolation
    ) async {
        sequence += 1
        await listener.event(
            LiveEvent(
                stream: stream, sequence: sequence, time: wall(), position: place.position, media: place.media,
                continuity: place.continuity, lag: place.lag, scores: place.scores, content: content))
    }
}
