import Base
import FrameSampling
import Moderation

/// Decides which events to emit for one stream and what to do for it. Pure: it has no clock, network or tasks. Each
/// call reports an event to it and returns actions to perform in order.
///
/// `now` is the time on any monotonic clock, from a fixed origin. `report` is that of the current connection, for calls
/// that may end it.
struct StreamNarration {
    enum Action {
        case connect
        case disconnect
        /// Call `tick` after this delay.
        case wake(after: Duration)
        case tell(LiveEvent.Content, Place)
        /// A decided position, for the listener.
        case sample(TimelineSample)
        /// A change of a segment, to be emitted with its evidence.
        case segment(RuleEngine.Change, Place)
        /// Hits that need a second look once the sample after them exists; `after` is the newest sample.
        case look([LiveLook], after: TimelineSample)
        /// Cut the clips that end before this position (ms).
        case writeClips(until: Int)
    }

    /// The place of an event on the timeline.
    struct Place {
        /// In ms.
        var position: Int
        var continuity: Int
        var media: MediaTime?
        /// In ms.
        var lag: Int?
        var scores: [ContentCategory: Double] = [:]
    }

    private let begin: Int
    private let tellsFrames, looksAgain: Bool
    private var supervisor: StreamSupervisor
    private var positions = StreamPositions()
    private var rules: RuleEngine
    private var overlays = OverlayTracker()
    private var totals = StreamTotals()
    private var header: MediaHeader?
    private(set) var streams: [VideoStream] = []
    private var taken = 0
    private var last: (judgement: Judgement?, failure: String?) = (nil, "nothing was judged yet")
    private var lastMiniature: [UInt8]?
    private var lastHit: Int?
    private var lastLag: Int?
    private var reason: String?

    /// - Parameters:
    ///   - begin: The position of the first picture, in ms.
    ///   - tellsFrames: Whether to emit an event for every position.
    init(
        _ request: ModerationRequest, supervision: SupervisionRules = SupervisionRules(), begin: Int = 0,
        tellsFrames: Bool
    ) {
        self.begin = begin
        self.tellsFrames = tellsFrames
        looksAgain = request.policy.confirm != nil
        supervisor = StreamSupervisor(rules: supervision)
        rules = RuleEngine(asked: request.asked, policy: request.policy)
    }

    var state: StreamState { supervisor.state }

    // MARK: Connections

    mutating func start(now: Duration) -> [Action] { actions(supervisor.start(now: now), nil, now) }

    mutating func opened(_ header: MediaHeader, _ streams: [VideoStream]) {
        (self.header, self.streams) = (header, streams)
    }

    /// A connection has ended, or could not be opened.
    /// - Parameters:
    ///   - error: Why; `nil` if the stream ended by itself.
    ///   - report: The connection's last; `nil` if there was none.
    ///   - random: 0…1, for the delay of the next attempt.
    mutating func ended(
        _ error: FrameSamplingError?, _ report: LiveReport?, random: Double, now: Duration
    ) -> [Action] {
        let isFinite = header.map { $0.isSized || $0.declaredDuration != nil || $0.container == "hls" } ?? false
        return lost(ConnectionLoss(error, isFinite: isFinite), report, random: random, now: now)
    }

    /// As `ended`, for a known reason.
    mutating func lost(_ loss: ConnectionLoss, _ report: LiveReport?, random: Double, now: Duration) -> [Action] {
        close(report, now)
        return [.disconnect] + interrupt(at: end(nil))
            + actions(supervisor.lost(loss, random: random, now: now), nil, now)
    }

    /// Time has passed.
    mutating func tick(_ report: LiveReport?, now: Duration) -> [Action] {
        let silent = report.map { supervisor.silent(for: $0.silence, now: now) } ?? []
        return actions(silent, report, now) + actions(supervisor.tick(now: now), report, now)
    }

    /// The user or the judge ends the watch.
    mutating func stop(_ state: StreamState, reason: String?, _ report: LiveReport?, now: Duration) -> [Action] {
        actions(supervisor.stop(state, reason: reason), report, now)
    }

    /// Nothing more will follow.
    /// - Parameter looks: The number of pictures judged for second looks.
    mutating func finish(
        _ counts: JudgingCounts, looks: Int, _ spending: Spending?, _ report: LiveReport?, now: Duration
    ) -> (LiveSummary, [Action]) {
        close(report, now)
        let closing = interrupt(at: end(nil))
        let summary = totals.summary(supervisor.state, reason, rules, counts, spending, looks: looks)
        return (summary, [.disconnect] + closing + [.tell(.summary(summary), place(end(nil)))])
    }

    private mutating func close(_ report: LiveReport?, _ now: Duration) {
        guard let report else { return }
        totals.add(report)
        positions.lost(end: report.end, at: now - report.silence)
    }

    /// The current end of the timeline, in ms.
    func end(_ report: LiveReport?) -> Int { begin + positions.end(of: report?.end) }

    /// - Parameter position: The position of the events, in ms; `nil` for the end of the timeline.
    private mutating func actions(
        _ decided: [StreamSupervisor.Action], _ report: LiveReport?, at position: Int? = nil, _ now: Duration
    ) -> [Action] {
        var report = report
        var actions: [Action] = []
        for action in decided {
            switch action {
            case .connect:
                totals.connections += 1
                actions.append(.connect)
            case .disconnect:
                close(report, now)
                report = nil
                actions.append(.disconnect)
            case .tell(var change):
                if change.state == .live { change.streams = streams.map(ModerationResult.Stream.init) }
                if change.state.isFinal { reason = change.reason }
                // Do not delay the attempt until the next regular tick.
                if let wait = change.retryIn { actions.append(.wake(after: .milliseconds(wait))) }
                actions.append(.tell(.state(change), place(position ?? end(report))))
            }
        }
        return actions
    }

    // MARK: Samples

    /// A sample was received.
    /// - Parameter isNext: Whether everything before it is decided. If not, events that precede it are deferred.
    /// - Returns: Its place on the timeline, to be passed to `decided` later, and actions for now.
    mutating func received(
        _ sample: LiveSample, isNext: Bool, now: Duration
    ) -> (LivePosition, [Action]) {
        let receivedAt = now - sample.age
        let placed = positions.place(sample, receivedAt: receivedAt)
        if let gap = placed.gap { totals.add(gap: gap) }
        let gap = placed.gap.map { begin + $0.lowerBound..<begin + $0.upperBound }
        let news = placed.restarts ? supervisor.restarted(gap: gap, now: now) : supervisor.received(gap: gap, now: now)
        let before = LivePosition.Preceding(actions: news, interruption: gap?.lowerBound)
        let position = LivePosition(
            index: taken, position: begin + placed.position, time: sample.time, continuity: positions.continuity,
            receivedAt: receivedAt, reused: sample.reused, before: isNext ? nil : before)
        taken += 1
        return (position, isNext ? self.before(position, before, now) : [])
    }

    private mutating func before(
        _ position: LivePosition, _ before: LivePosition.Preceding, _ now: Duration
    ) -> [Action] {
        let closing = before.interruption.map { interrupt(at: $0) } ?? []
        return closing + actions(before.actions, nil, at: position.position, now)
    }

    /// A position is decided. Positions are decided in order.
    mutating func decided(
        _ position: LivePosition, _ outcome: JudgingOutcome, now: Duration
    ) -> [Action] {
        let before = position.before.map { self.before(position, $0, now) } ?? []
        note(position, outcome, now)
        let (sample, changes) = rules.add(
            TimelineSample(
                index: position.index, position: position.position, time: position.time, judgement: last.judgement,
                reused: position.reused, failure: last.failure))
        if sample.verdict.decision == .ko { lastHit = position.position }
        let place = Place(
            position: position.position, continuity: position.continuity, media: position.time, lag: lastLag,
            scores: last.judgement?.probabilities ?? [:])
        var actions = before + [.sample(sample)]
        if tellsFrames { actions.append(.tell(.frame(sample), place)) }
        actions += changes.map { .segment($0, place) }
        if looksAgain { actions.append(.look(rules.takeLooks(), after: sample)) }
        actions += compare(outcome, position, now)
        return actions + [.writeClips(until: position.position)]
    }

    private mutating func note(_ position: LivePosition, _ outcome: JudgingOutcome, _ now: Duration) {
        lastLag = position.receivedAt.map { (now - $0).wholeMilliseconds }
        if case .judged(let judgement, let kept) = outcome {
            last = (overlays.add(judgement, miniature: kept.miniature, at: position.position), nil)
            if let lastLag { totals.lag.add(lastLag) }
        } else if !outcome.isRepeated {
            last = (outcome.judgement, outcome.failure)
        }
    }

    private mutating func compare(
        _ outcome: JudgingOutcome, _ position: LivePosition, _ now: Duration
    ) -> [Action] {
        let miniature = outcome.kept.miniature
        guard miniature != nil || position.reused else { return [] }
        let isSame = position.reused || Self.isSame(miniature, lastMiniature)
        if let miniature { lastMiniature = miniature }
        return actions(supervisor.compared(isSame: isSame, now: now), nil, at: position.position, now)
    }

    /// Whether no area of the reduced picture differs by more than 3 of 255, which allows for coding noise.
    static func isSame(_ one: [UInt8]?, _ other: [UInt8]?) -> Bool {
        guard let one, let other, one.count == other.count else { return false }
        return zip(one, other).allSatisfy { abs(Int($0) - Int($1)) <= 3 }
    }

    /// A service has sampled and judged a position.
    /// - Parameter end: The end of its picture, in ms.
    mutating func heard(_ frame: NativeFrame, until end: Int, now: Duration) -> [Action] {
        positions.note(frame.position, until: end)
        let news = actions(supervisor.received(now: now), nil, at: frame.position, now)
        let position = LivePosition(
            index: taken, position: frame.position, time: nil, continuity: positions.continuity, receivedAt: nil,
            reused: false, before: nil)
        taken += 1
        let outcome: JudgingOutcome =
            frame.judgement.map { .judged($0, .init()) } ?? .failed("the service did not judge it", .init())
        return news + decided(position, outcome, now: now)
    }

    // MARK: Segments

    /// Second looks have results.
    mutating func settled(_ results: [LiveLooks.Result]) -> [Action] {
        results.flatMap { segments(rules.settle($0.look, $0.standing, start: $0.start)) }
    }

    private mutating func interrupt(at position: Int) -> [Action] { segments(rules.interrupt(at: position)) }

    private func segments(_ changes: [RuleEngine.Change]) -> [Action] {
        changes.map { .segment($0, place($0.segment.end ?? $0.segment.start)) }
    }

    /// The place of an event that is not about a picture.
    func place(_ position: Int) -> Place { Place(position: position, continuity: positions.continuity) }

    /// Converts a stretch of the timeline (ms) to positions of the connection; `nil` if it lies outside.
    func inConnection(_ stretch: Range<Int>) -> Range<Duration>? {
        positions.inConnection(stretch.lowerBound - begin..<stretch.upperBound - begin)
    }

    /// The current state of the stream.
    func status(_ name: String, _ report: LiveReport?) -> StreamStatus {
        StreamStatus(
            stream: name, state: state, tally: rules.tally,
            packetsRead: totals.packetsRead + (report?.packetsRead ?? 0), lag: lastLag, lastHit: lastHit)
    }
}
