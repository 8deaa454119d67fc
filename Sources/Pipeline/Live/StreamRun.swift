import FrameSampling
import Moderation

/// One watch in progress: takes samples from the connection, has them judged side by side, and folds the judgements in
/// order of position.
actor StreamRun {
    private let watch: Watch
    private let clock: WatchClock
    private let teller: EventTeller
    private var supervisor: StreamSupervisor
    private var positions = StreamPositions()
    private var rules: RuleEngine
    private var connection: LiveConnection?
    private var header: MediaHeader?
    private var streams: [VideoStream] = []
    private let pulses: AsyncStream<Void>
    private let pulse: AsyncStream<Void>.Continuation
    private let queue: JudgingQueue<LivePosition>
    private var taken = 0
    private let looks: LiveLooks?
    private var lastLook: [UInt8]?
    private var overlays = OverlayTracker()
    private var lastFolded: (judgement: Judgement?, failure: String?) = (nil, "nothing was judged yet")
    private var reason: String?
    private var failure: FrameSamplingError?
    private var totals = StreamTotals()
    private var lastHit: Int?
    private var stoppedAt: Duration?
    private var evidence: EvidenceKeeper?

    /// Bytes of packets.
    private static let keptForLooks = 16 << 20
    private static let tick = Duration.milliseconds(250)
    /// For what is being judged when a watch is stopped.
    private static let grace = Duration.milliseconds(500)

    init(_ watch: Watch, _ clock: WatchClock, _ listener: WatchListener) {
        self.watch = watch
        self.clock = clock
        teller = EventTeller(watch.name, clock, listener, tellsFrames: watch.tellsFrames)
        supervisor = StreamSupervisor(rules: watch.supervision)
        rules = RuleEngine(asked: watch.asked, policy: watch.policy)
        evidence = watch.evidence.map { EvidenceKeeper($0, stream: watch.name) }
        let (pulses, pulse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        (self.pulses, self.pulse) = (pulses, pulse)
        queue = JudgingQueue(
            watch.judge, concurrency: watch.concurrency, capacity: JudgingQueue<LivePosition>.liveCapacity,
            keep: { _, picture, judgement in .init(look: picture.look, picture: judgement == nil ? nil : picture) },
            changed: { pulse.yield() })
        looks = watch.policy.confirm.map { _ in LiveLooks(watch) { pulse.yield() } }
    }

    // MARK: The loop

    func run(_ stop: StopSignal) async -> WatchOutcome {
        let began = clock.now()
        stop.whenStopped { [pulse] in pulse.yield() }
        let ticker = Task { [clock, pulse] in
            while !Task.isCancelled {
                pulse.yield()
                do { try await clock.sleep(Self.tick) } catch { break }
            }
        }
        await act(supervisor.start(now: began))
        for await _ in pulses {
            let isOver = watch.duration.map { clock.now() - began >= $0 } ?? false
            if stop.isStopped || Task.isCancelled || isOver {
                await act(supervisor.stop(.ended, reason: isOver ? nil : "stopped"))
                stoppedAt = stoppedAt ?? clock.now()
            }
            await step()
            if let stoppedAt, clock.now() - stoppedAt >= Self.grace { await giveUpWork() }
            if supervisor.state.isFinal && queue.isEmpty { break }
        }
        ticker.cancel()
        let summary = await finish()
        return WatchOutcome(
            summary: summary, stop: queue.judgeStop, wasStopped: stop.isStopped || Task.isCancelled,
            failure: failure, streams: streams)
    }

    private func step() async {
        await foldReady()
        if let stop = queue.judgeStop, !supervisor.state.isFinal {
            await act(supervisor.stop(stop.kind == .budget ? .ended : .failed, reason: stop.description))
            stoppedAt = clock.now()
        }
        await takeSamples()
        if let connection {
            await act(supervisor.silent(for: connection.report.silence, now: clock.now()))
        }
        await act(supervisor.tick(now: clock.now()))
        await foldReady()
        await settleLooks()
        teller.listener.status(
            StreamStatus(
                stream: watch.name, state: supervisor.state, tally: rules.tally,
                packetsRead: totals.packetsRead + (connection?.report.packetsRead ?? 0), lag: teller.lastLag,
                lastHit: lastHit))
    }

    /// - Parameter position: Of what it is about, ms; `nil`: where the timeline ends.
    private func act(_ actions: [StreamSupervisor.Action], at position: Int? = nil) async {
        for action in actions {
            switch action {
            case .connect: await connect()
            case .disconnect: closeConnection()
            case .tell(var change):
                if change.state == .live { change.streams = streams.map(ModerationResult.Stream.init) }
                if change.state.isFinal { reason = change.reason }
                if let wait = change.retryIn { pulseAfter(.milliseconds(wait)) }
                await teller.tell(.state(change), at: position ?? end, continuity: positions.continuity)
            }
        }
    }

    /// So that a retry does not wait for the next tick as well.
    private func pulseAfter(_ delay: Duration) {
        Task { [clock, pulse] in
            try? await clock.sleep(delay)
            pulse.yield()
        }
    }

    /// Where the timeline ends just now, ms.
    private var end: Int { watch.begin + positions.end(of: connection?.report.end) }

    // MARK: Connections

    private func connect() async {
        do {
            totals.connections += 1
            var options = watch.sampling
            if looks != nil { options.keptBytes = max(options.keptBytes, Self.keptForLooks) }
            connection = try LiveConnection(watch.input, options: options) { [pulse] in pulse.yield() }
        } catch {
            let text = "\(error)"
            await act(supervisor.lost(.lost(text), random: clock.random(), now: clock.now()))
        }
    }

    private func closeConnection() {
        guard let connection else { return }
        connection.cancel()
        let report = connection.report
        totals.add(report)
        positions.lost(end: report.end, at: clock.now() - report.silence)
        self.connection = nil
    }

    private func lose(_ error: FrameSamplingError?) async {
        // What is still being judged belongs before the end.
        if let connection { await finishClips(connection) }
        // What is being looked at has its packets already.
        if let looks { await settle(looks.giveUpDue()) }
        closeConnection()
        await tellSegments(rules.interrupt(at: end), picture: nil, of: nil)
        failure = error
        let isFinite = header.map { $0.isSized || $0.declaredDuration != nil || $0.container == "hls" } ?? false
        let loss = ConnectionLoss(error, isFinite: isFinite)
        await act(supervisor.lost(loss, random: clock.random(), now: clock.now()))
    }

    // MARK: Samples in

    private func takeSamples() async {
        while let connection, queue.hasRoom {
            switch connection.take() {
            case nil: return
            case .opened(let header, let streams): (self.header, self.streams) = (header, streams)
            case .sample(let sample):
                await take(sample)
                await foldReady()
            case .ended(let error):
                // Segments are closed in order: first everything before has to be judged.
                guard queue.isEmpty else { return }
                await lose(error)
                return
            }
        }
    }

    private func take(_ sample: LiveSample) async {
        let now = clock.now()
        let receivedAt = now - sample.age
        let placed = positions.place(sample, receivedAt: receivedAt)
        let position = watch.begin + placed.position
        if let gap = placed.gap { totals.add(gap: gap) }
        let gap = placed.gap.map { watch.begin + $0.lowerBound..<watch.begin + $0.upperBound }
        let actions =
            placed.restarts ? supervisor.restarted(gap: gap, now: now) : supervisor.received(gap: gap, now: now)
        let before = LivePosition.Preceding(actions: actions, interruption: gap?.lowerBound)
        let isFirst = queue.isEmpty
        if isFirst { await tell(before, at: position) }
        let ticket = LivePosition(
            index: taken, position: position, time: sample.time, continuity: positions.continuity,
            receivedAt: receivedAt, reused: sample.reused, before: isFirst ? nil : before)
        taken += 1
        queue.add(sample, as: ticket, for: watch.asked, maxLag: watch.sampling.maxLag)
    }

    private func tell(_ before: LivePosition.Preceding, at position: Int) async {
        if let interruption = before.interruption {
            await tellSegments(rules.interrupt(at: interruption), picture: nil, of: nil)
        }
        await act(before.actions, at: position)
    }

    // MARK: Judgements out

    private func giveUpWork() async {
        await queue.giveUp()
        await foldReady()
    }

    private func foldReady() async {
        while let (record, outcome) = queue.take() { await fold(record, outcome) }
    }

    private func fold(_ record: LivePosition, _ outcome: JudgingOutcome) async {
        if let before = record.before { await tell(before, at: record.position) }
        let (look, picture) = (outcome.kept.look, outcome.kept.picture)
        if case .repeated = outcome {
            // Judged as the one before.
        } else {
            let judgement = outcome.judgement.map { overlays.add($0, look: look, at: record.position) }
            lastFolded = (judgement, outcome.failure)
        }
        let (sample, changes) = rules.add(
            TimelineSample(
                index: record.index, position: record.position, time: record.time,
                judgement: lastFolded.judgement, reused: record.reused, failure: lastFolded.failure))
        if sample.verdict.decision == .ko { lastHit = record.position }
        teller.about(record.time, lag: (clock.now() - record.receivedAt).wholeMilliseconds, lastFolded.judgement)
        if picture != nil { totals.lag.add(teller.lastLag ?? 0) }
        await teller.listener.sample(sample)
        await teller.tellFrame(sample, continuity: record.continuity)
        await tellSegments(changes, picture: picture, of: record)
        teller.aboutNothing()
        await startLooks(after: sample)
        await compare(look, record.reused, at: record.position)
        if let connection { await writeDueClips(connection, at: record.position) }
    }

    private func compare(_ look: [UInt8]?, _ isRepeated: Bool, at position: Int) async {
        guard look != nil || isRepeated else { return }
        let isSame = isRepeated || Self.isSame(look, lastLook)
        if let look { lastLook = look }
        await act(supervisor.compared(isSame: isSame, now: clock.now()), at: position)
    }

    /// Coding noise apart: no part of the picture, averaged, changed by more than 3 of 255.
    static func isSame(_ one: [UInt8]?, _ other: [UInt8]?) -> Bool {
        guard let one, let other, one.count == other.count else { return false }
        return zip(one, other).allSatisfy { abs(Int($0) - Int($1)) <= 3 }
    }

    // MARK: Segments and evidence

    private func tellSegments(
        _ changes: [RuleEngine.Change], picture: DecodedPicture?, of record: LivePosition?
    ) async {
        for change in changes {
            var segment = change.segment
            if let picture, let record { await evidence?.note(change, picture, at: record.position) }
            segment.evidence = evidence?.files(of: segment.id) ?? []
            let position = record?.position ?? segment.end ?? segment.start
            let continuity = record?.continuity ?? positions.continuity
            guard let content = change.content(segment) else { continue }
            await teller.tell(content, at: position, continuity: continuity)
            if case .closed = change { evidence?.closed(segment) }
        }
    }

    // MARK: Second looks

    private func startLooks(after sample: TimelineSample) async {
        guard let looks else { return }
        looks.note(rules.takeLooks())
        guard let connection else { return await settle(looks.giveUpDue()) }
        await settle(looks.start(connection, after: sample, locate: locate))
    }

    /// A stretch of the timeline, ms, as the connection counts.
    private func locate(_ stretch: Range<Int>) -> Range<Duration>? {
        positions.inConnection(stretch.lowerBound - watch.begin..<stretch.upperBound - watch.begin)
    }

    private func settleLooks() async { if let looks { await settle(looks.takeFinished()) } }

    private func settle(_ results: [LiveLooks.Result]) async {
        for result in results {
            let changes = rules.settle(result.look, result.standing, start: result.start)
            await tellSegments(changes, picture: nil, of: nil)
        }
    }

    private func writeDueClips(_ connection: LiveConnection, at position: Int) async {
        guard let evidence else { return }
        let written = await evidence.writeClips(connection, until: position, locate: locate)
        for segment in written {
            await teller.tell(.segmentUpdated(segment), at: position, continuity: positions.continuity)
        }
    }

    /// Packets go with their connection: what is due later is cut from what there is.
    private func finishClips(_ connection: LiveConnection) async { await writeDueClips(connection, at: .max) }

    // MARK: The end

    private func finish() async -> LiveSummary {
        if let connection { await finishClips(connection) }
        if let looks { await settle(await looks.finish(isHurried: stoppedAt != nil)) }
        closeConnection()
        await tellSegments(rules.interrupt(at: end), picture: nil, of: nil)
        let counts = queue.counts
        (totals.dropped, totals.reused) = (counts.dropped, counts.repeated)
        let summary = totals.summary(
            supervisor.state, reason, rules, watch.judge.spending, looks: looks?.judged ?? 0)
        await teller.tell(.summary(summary), at: end, continuity: positions.continuity)
        return summary
    }
}
