import Moderation

/// Numbers a stream's events and hands them on.
///
/// Belongs to one run, which is an actor: no two of its calls overlap; they run where it does.
final class EventTeller {
    let listener: WatchListener
    private let stream: String
    private let clock: WatchClock
    private let tellsFrames: Bool
    private var sequence = 0
    private var media: MediaTime?
    private var lag: Int?
    private var scores: [Category: Double] = [:]
    /// ms, of the newest picture.
    private(set) var lastLag: Int?

    init(_ stream: String, _ clock: WatchClock, _ listener: WatchListener, tellsFrames: Bool) {
        self.stream = stream
        self.clock = clock
        self.listener = listener
        self.tellsFrames = tellsFrames
    }

    /// The events that follow are about this picture.
    func about(_ media: MediaTime?, lag: Int?, _ judgement: Judgement?) {
        self.media = media
        self.lag = lag
        lastLag = lag
        scores = judgement?.probabilities ?? [:]
    }

    func aboutNothing() { (media, lag, scores) = (nil, nil, [:]) }

    func tellFrame(
        _ sample: TimelineSample, continuity: Int, isolation: isolated (any Actor)? = #isolation
    ) async {
        if tellsFrames { await tell(.frame(sample), at: sample.position, continuity: continuity) }
    }

    func tell(
        _ content: LiveEvent.Content, at position: Int, continuity: Int,
        isolation: isolated (any Actor)? = #isolation
    ) async {
        sequence += 1
        await listener.event(
            LiveEvent(
                stream: stream, sequence: sequence, time: clock.wall(), position: position, media: media,
                continuity: continuity, lag: lag, scores: scores, content: content))
    }
}
