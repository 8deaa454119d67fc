import FrameSampling
import Moderation
import Runtime

/// A running watch. Takes samples from the connection, has them judged, reports to the narration and performs its
/// actions.
actor StreamRun {
    private let watch: Watch
    private let clock: TimeSource
    private let emitter: EventEmitter
    private var narration: StreamNarration
    private var connection: LiveConnection?
    private let pulses: AsyncStream<Void>
    private let pulse: AsyncStream<Void>.Continuation
    private let queue: JudgingQueue<LivePosition>
    private let looks: LiveLooks?
    private let evidence: EvidenceKeeper?
    private var failure: FrameSamplingError?
    private var stoppedAt: Duration?

    /// The bytes of packets to keep for second looks.
    private static let keptForLooks = 16 << 20
    private static let tick = Duration.milliseconds(250)
    /// How long judging may go on after a watch was stopped.
    private static let grace = Duration.milliseconds(500)
    /// How long the summary waits for actions: of a stream that has ended, and of one that was stopped.
    private static let (actionPatience, hurriedPatience) = (Duration.seconds(10), Duration.milliseconds(300))

    init(_ watch: Watch, _ clock: TimeSource, _ listener: WatchListener) {
        self.watch = watch
        self.clock = clock
        emitter = EventEmitter(watch.name, wall: clock.wall, listener)
        narration = StreamNarration(
            watch.request, supervision: watch.supervision, begin: watch.begin,
            tellsFrames: watch.tellsFrames)
        evidence = watch.evidence.map { EvidenceKeeper($0, stream: watch.name) }
        let (pulses, pulse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.pulses, self.pulse) = (pulses, pulse)
        queue = JudgingQueue(
            watch.judge, concurrency: watch.concurrency, capacity: JudgingQueue<LivePosition>.liveCapacity,
            keep: { [hasEvidence = watch.evidence != nil, pictures = watch.pictures] position, picture, judgement in
                pictures?.note(picture, position: position.position, judgement: judgement)
                return .init(miniature: picture.miniature, picture: hasEvidence && judgement != nil ? picture : nil)
            },
            judged: { pulse.yield() })
        looks = watch.request.policy.confirm.map { _ in LiveLooks(watch) { pulse.yield() } }
    }

    // MARK: The loop

    func run(_ stop: StopSignal) async -> WatchOutcome {
        let began = clock.now()
        stop.whenStopped { [pulse] in pulse.yield() }
        watch.actionNews?.whenTold { [pulse] in pulse.yield() }
        let ticker = Task { [clock, pulse] in
            while !Task.isCancelled {
                pulse.yield()
                do { try await clock.sleep(Self.tick) } catch { break }
            }
        }
        await perform(narration.start(now: began))
        for await _ in pulses {
            let isOver = watch.duration.map { clock.now() - began >= $0 } ?? false
            if stop.isStopped || Task.isCancelled || isOver { await end(.ended, isOver ? nil : "stopped") }
            await step()
            if let stoppedAt, clock.now() - stoppedAt >= Self.grace { await queue.giveUp() }
            await tellDecided()
            if narration.state.isFinal && queue.isEmpty { break }
        }
        ticker.cancel()
        let summary = await finish()
        return WatchOutcome(
            summary: summary, stop: queue.judgeStop, wasStopped: stop.isStopped || Task.isCancelled,
            failure: failure, streams: narration.streams)
    }

    private func end(_ state: StreamState, _ reason: String?) async {
        await perform(narration.stop(state, reason: reason, connection?.report, now: clock.now()))
        stoppedAt = stoppedAt ?? clock.now()
    }

    private func step() async {
        await tellDecided()
        await tellActions()
        if let stop = queue.judgeStop, !narration.state.isFinal {
            await end(stop.kind == .budget ? .ended : .failed, stop.description)
        }
        await takeSamples()
        let report = connection?.report
        await perform(narration.tick(report, now: clock.now()))
        await tellDecided()
        if let looks { await perform(narration.settled(looks.takeFinished())) }
        emitter.listener.status(narration.status(watch.name, report))
    }

    private func finish() async -> LiveSummary {
        await writeClips(until: .max)
        if let looks { await perform(narration.settled(await looks.finish(isHurried: stoppedAt != nil))) }
        await awaitActions()
        let (summary, actions) = narration.finish(
            queue.counts, looks: looks?.judged ?? 0, watch.judge.spending, connection?.report, now: clock.now())
        await perform(actions)
        return summary
    }

    // MARK: Events

    private func takeSamples() async {
        while let connection, queue.hasRoom {
            switch connection.take() {
            case nil: return
            case .opened(let header, let streams): narration.opened(header, streams)
            case .sample(let sample):
                let (position, actions) = narration.received(sample, isNext: queue.isEmpty, now: clock.now())
                await perform(actions)
                queue.add(sample, as: position, for: watch.request.asked, maxLag: watch.sampling.maxLag)
                await tellDecided()
            case .ended(let error):
                // Losing the connection closes segments, so everything before has to be decided first.
                guard queue.isEmpty else { return }
                await lose(connection, error)
                return
            }
        }
    }

    private func tellDecided() async {
        while let (position, outcome) = queue.take() {
            let actions = narration.decided(position, outcome, now: clock.now())
            await perform(actions, picture: outcome.kept.picture)
        }
    }

    private func tellActions() async {
        for outcome in watch.actionNews?.take() ?? [] {
            await emitter.emit(.action(outcome), narration.place(narration.end(connection?.report)))
        }
    }

    /// Nothing follows the summary, so it waits a little for actions that are under way.
    private func awaitActions() async {
        guard let news = watch.actionNews else { return }
        let deadline = clock.now() + (stoppedAt == nil ? Self.actionPatience : Self.hurriedPatience)
        while news.isOutstanding, clock.now() < deadline {
            do { try await clock.sleep(.milliseconds(20)) } catch { break }
        }
        await tellActions()
    }

    private func lose(_ connection: LiveConnection, _ error: FrameSamplingError?) async {
        // The packets are lost with the connection, so cut pending clips from what there is.
        await writeClips(until: .max)
        // Running looks already have their packets.
        if let looks { await perform(narration.settled(looks.giveUpDue())) }
        failure = error
        await perform(narration.ended(error, connection.report, random: clock.random(), now: clock.now()))
    }

    // MARK: Actions

    /// - Parameter picture: The picture that the actions are about.
    private func perform(_ actions: [StreamNarration.Action], picture: DecodedPicture? = nil) async {
        for action in actions {
            switch action {
            case .connect: await connect()
            case .disconnect:
                connection?.cancel()
                connection = nil
            case .wake(let delay): wake(after: delay)
            case .tell(let content, let place): await emitter.emit(content, place)
            case .sample(let sample): await emitter.listener.sample(sample)
            case .segment(let change, let place): await tell(change, place, picture)
            case .look(let hits, let sample): await look(hits, after: sample)
            case .writeClips(let position): await writeClips(until: position)
            }
        }
    }

    private func connect() async {
        do {
            var options = watch.sampling
            if looks != nil { options.keptBytes = max(options.keptBytes, Self.keptForLooks) }
            connection = try LiveConnection(watch.input, options: options) { [pulse] in pulse.yield() }
        } catch {
            failure = error
            await perform(narration.ended(error, nil, random: clock.random(), now: clock.now()))
        }
    }

    private func wake(after delay: Duration) {
        Task { [clock, pulse] in
            try? await clock.sleep(delay)
            pulse.yield()
        }
    }

    private func tell(
        _ change: RuleEngine.Change, _ place: StreamNarration.Place, _ picture: DecodedPicture?
    ) async {
        var segment = change.segment
        if let picture { await evidence?.note(change, picture, at: place.position) }
        segment.evidence = evidence?.files(of: segment.id) ?? []
        guard let content = change.content(segment) else { return }
        await emitter.emit(content, place)
        if case .closed = change { evidence?.closed(segment) }
    }

    private func look(_ hits: [LiveLook], after sample: TimelineSample) async {
        guard let looks else { return }
        looks.note(hits)
        let results =
            connection.map { looks.start($0, after: sample, locate: narration.inConnection) } ?? looks.giveUpDue()
        await perform(narration.settled(results))
    }

    private func writeClips(until position: Int) async {
        guard let connection, let evidence else { return }
        let place = narration.place(min(position, narration.end(connection.report)))
        for segment in await evidence.writeClips(connection, until: position, locate: narration.inConnection) {
            await emitter.emit(.segmentUpdated(segment), place)
        }
    }
}
