import Moderation

/// Numbers and dates a stream's events, and hands them on.
///
/// Belongs to one run, which is an actor: no two of its calls overlap; they run where it does.
final class EventEmitter {
    let listener: WatchListener
    private let stream: String
    private let wall: @Sendable () -> Double
    private var sequence = 0

    /// - Parameters:
    ///   - stream: In events.
    ///   - wall: Wall clock, Unix seconds.
    init(_ stream: String, wall: @escaping @Sendable () -> Double, _ listener: WatchListener) {
        self.stream = stream
        self.wall = wall
        self.listener = listener
    }

    /// Returns once the listener has it.
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
