import FrameSampling
import Moderation
import Synchronization

/// One watch in progress: takes samples from the connection, has them judged side by side, and folds the judgements in
/// order of position.
actor StreamRun {
    /// A sample between being taken and being folded.
    private struct Record {
        let number: Int
        let position: Int
        let time: MediaTime
        let continuity: Int
        let receivedAt: Duration
        let reused: Bool
        /// What has to be told before it, once everything before it was.
        var preface: Preface?
        var outcome: Outcome?
    }

    private struct Preface {
        let actions: [StreamSupervisor.Action]
        /// The timeline was interrupted here, ms.
        let interruption: Int?
    }

    private enum Outcome: Sendable {
        case judged(Judgement, look: [UInt8]?, picture: DecodedPicture)
        case failed(String, look: [UInt8]?)
        case dropped
        case repeated
    }

    private let watch: Watch
    private let clock: WatchClock
    private let teller: EventTeller
    private var supervisor: StreamSupervisor
    private var positions = StreamPositions()
    private var timeline: LiveTimeline
    private var connection: LiveConnection?
    private var header: MediaHeader?
    private let pulses: AsyncStream<Void>
    private let pulse: AsyncStream<Void>.Continuation
    /// In order of position; bounded by `mostRecords`.
    private var records: [Record] = []
    private var nextNumber = 0
    private var inWork: [Int: Task<Void, Never>] = [:]
    private let finished = Mutex<[(Int, Outcome)]>([])
    private let judgeStop = Mutex<JudgeStop?>(nil)
    private var lastLook: [UInt8]?
    private var lastFolded: (judgement: Judgement?, failure: String?) = (nil, "nothing was judged yet")
    private var dropped = 0
    private var reused = 0
    private var connections = 0
    private var gaps = 0
    private var gapTime = 0
    private var lag = LagHistogram()
    private var reason: String?
    private var failure: FrameSamplingError?
    private var past = Totals()
    private var lastHit: Int?
    private var stoppedAt: Duration?
    private var evidence: EvidenceKeeper?

    private static let mostRecords = 64
    private static let tick = Duration.milliseconds(250)
    /// For what is being judged when a watch is stopped.
    private static let grace = Duration.milliseconds(500)

    init(_ watch: Watch, _ clock: WatchClock, _ listener: WatchListener) {
        self.watch = watch
        self.clock = clock
        teller = EventTeller(watch.name, clock, listener, tellsFrames: watch.tellsFrames)
        supervisor = StreamSupervisor(rules: watch.supervision)
        timeline = LiveTimeline(asked: watch.asked, policy: watch.policy)
        evidence = watch.evidence.map { EvidenceKeeper($0, stream: watch.name) }
        (pulses, pulse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
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
            if supervisor.state.isFinal && records.isEmpty { break }
        }
        ticker.cancel()
        let summary = await finish()
        return WatchOutcome(
            summary: summary, stop: judgeStop.withLock { $0 }, wasStopped: stop.isStopped || Task.isCancelled,
            failure: failure)
    }

    private func step() async {
        collect()
        await foldReady()
        if let stop = judgeStop.withLock({ $0 }), !supervisor.state.isFinal {
            await act(supervisor.stop(stop.kind == .budget ? .ended : .failed, reason: stop.description))
            stoppedAt = clock.now()
        }
        await takeSamples()
        if let connection {
            await act(supervisor.silent(for: connection.report.silence, now: clock.now()))
        }
        await act(supervisor.tick(now: clock.now()))
        collect()
        await foldReady()
        teller.listener.status(
            StreamStatus(
                stream: watch.name, state: supervisor.state, tally: timeline.tally,
                packetsRead: past.packetsRead + (connection?.report.packetsRead ?? 0), lag: teller.lastLag,
                lastHit: lastHit))
    }

    /// - Parameter position: Of what it is about, ms; `nil`: where the timeline ends.
    private func act(_ actions: [StreamSupervisor.Action], at position: Int? = nil) async {
        for action in actions {
            switch action {
            case .connect: await connect()
            case .disconnect: closeConnection()
            case .tell(let change):
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
            connections += 1
            connection = try LiveConnection(watch.input, options: watch.sampling) { [pulse] in pulse.yield() }
        } catch {
            let text = "\(error)"
            await act(supervisor.lost(.lost(text), random: clock.random(), now: clock.now()))
        }
    }

    private func closeConnection() {
        guard let connection else { return }
        connection.cancel()
        let report = connection.report
        past.add(report)
        positions.lost(end: report.end, at: clock.now() - report.silence)
        self.connection = nil
    }

    private func lose(_ error: FrameSamplingError?) async {
        // What is still being judged belongs before the end.
        if let connection { await finishClips(connection) }
        closeConnection()
        await tellSegments(timeline.interrupt(at: end), picture: nil, of: nil)
        failure = error
        let isFinite = header.map { $0.isSized || $0.declaredDuration != nil || $0.container == "hls" } ?? false
        let loss = ConnectionLoss(error, isFinite: isFinite)
        await act(supervisor.lost(loss, random: clock.random(), now: clock.now()))
    }

    // MARK: Samples in

    private func takeSamples() async {
        while let connection, inWork.count < watch.concurrency, records.count < Self.mostRecords {
            switch connection.take() {
            case nil: return
            case .opened(let header): self.header = header
            case .sample(let sample): await take(sample)
            case .ended(let error):
                // Segments are closed in order: first everything before has to be judged.
                guard records.isEmpty else { return }
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
        if let gap = placed.gap {
            gaps += 1
            gapTime += gap.count
        }
        let gap = placed.gap.map { watch.begin + $0.lowerBound..<watch.begin + $0.upperBound }
        let actions =
            placed.restarts ? supervisor.restarted(gap: gap, now: now) : supervisor.received(gap: gap, now: now)
        let preface = Preface(actions: actions, interruption: gap?.lowerBound)
        let isFirst = records.isEmpty
        if isFirst { await tell(preface, at: position) }
        let outcome: Outcome? =
            sample.dropped
            ? .dropped
            : sample.reused
                ? .repeated
                : sample.damaged || sample.picture == nil ? .failed("the picture could not be decoded", look: nil) : nil
        nextNumber += 1
        records.append(
            Record(
                number: nextNumber, position: position, time: sample.time, continuity: positions.continuity,
                receivedAt: receivedAt, reused: sample.reused, preface: isFirst ? nil : preface, outcome: outcome))
        if outcome == nil, let picture = sample.picture { judge(picture, nextNumber) }
    }

    private func tell(_ preface: Preface, at position: Int) async {
        if let interruption = preface.interruption {
            await tellSegments(timeline.interrupt(at: interruption), picture: nil, of: nil)
        }
        await act(preface.actions, at: position)
    }

    private func judge(_ picture: DecodedPicture, _ number: Int) {
        inWork[number] = Task { [watch, pulse] in
            let look = try? picture.pixels(.gray, width: 32, height: 18)
            let outcome: Outcome
            do {
                outcome = .judged(try await watch.judge.judge(picture, for: watch.asked), look: look, picture: picture)
            } catch {
                if let stop = error as? JudgeStop { judgeStop.withLock { $0 = $0 ?? stop } }
                outcome = .failed("\(error)", look: look)
            }
            finished.withLock { $0.append((number, outcome)) }
            pulse.yield()
        }
    }

    // MARK: Judgements out

    private func collect() {
        let done = finished.withLock { finished in
            defer { finished = [] }
            return finished
        }
        for (number, outcome) in done {
            inWork[number] = nil
            if let index = records.firstIndex(where: { $0.number == number }) { records[index].outcome = outcome }
        }
    }

    private func giveUpWork() async {
        for task in inWork.values { task.cancel() }
        // A judge on this machine works in memory that must not go before it is done.
        for task in inWork.values { await task.value }
        inWork = [:]
        for index in records.indices where records[index].outcome == nil {
            records[index].outcome = .failed("the watch ended before it was judged", look: nil)
        }
        await foldReady()
    }

    private func foldReady() async {
        while let outcome = records.first?.outcome {
            await fold(records.removeFirst(), outcome)
        }
    }

    private func fold(_ record: Record, _ outcome: Outcome) async {
        if let preface = record.preface { await tell(preface, at: record.position) }
        var picture: DecodedPicture?
        var look: [UInt8]?
        switch outcome {
        case .judged(let judgement, let seen, let judged):
            lastFolded = (judgement, nil)
            (look, picture) = (seen, judged)
        case .failed(let text, let seen):
            lastFolded = (nil, text)
            look = seen
        case .dropped:
            lastFolded = (nil, "given up, because judging is behind")
            dropped += 1
        case .repeated: reused += 1
        }
        let verdict = Verdict(lastFolded.judgement, asked: watch.asked, policy: watch.policy)
        let sample = TimelineSample(
            index: record.number - 1, position: record.position, time: record.time, judgement: lastFolded.judgement,
            verdict: verdict, reused: record.reused, failure: lastFolded.failure)
        if verdict.decision == .ko { lastHit = record.position }
        teller.about(record.time, lag: (clock.now() - record.receivedAt).wholeMilliseconds, lastFolded.judgement)
        if picture != nil { lag.add(teller.lastLag ?? 0) }
        await teller.listener.sample(sample)
        await teller.tellFrame(sample, continuity: record.continuity)
        await tellSegments(timeline.add(sample), picture: picture, of: record)
        teller.aboutNothing()
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

    private func tellSegments(_ changes: [LiveTimeline.Change], picture: DecodedPicture?, of record: Record?) async {
        for change in changes {
            var segment = change.segment
            if let picture, let record { await evidence?.note(change, picture, at: record.position) }
            segment.evidence = evidence?.files(of: segment.id) ?? []
            let position = record?.position ?? segment.end ?? segment.start
            let continuity = record?.continuity ?? positions.continuity
            switch change {
            case .opened: await teller.tell(.segmentOpened(segment), at: position, continuity: continuity)
            case .updated: await teller.tell(.segmentUpdated(segment), at: position, continuity: continuity)
            case .closed:
                await teller.tell(.segmentClosed(segment), at: position, continuity: continuity)
                evidence?.closed(segment)
            }
        }
    }

    private func writeDueClips(_ connection: LiveConnection, at position: Int) async {
        guard let evidence else { return }
        let base = watch.begin
        let written = await evidence.writeClips(connection, until: position) { [positions] stretch in
            positions.inConnection(stretch.lowerBound - base..<stretch.upperBound - base)
        }
        for segment in written {
            await teller.tell(.segmentUpdated(segment), at: position, continuity: positions.continuity)
        }
    }

    /// Packets go with their connection: what is due later is cut from what there is.
    private func finishClips(_ connection: LiveConnection) async { await writeDueClips(connection, at: .max) }

    // MARK: The end

    private func finish() async -> LiveSummary {
        if let connection { await finishClips(connection) }
        closeConnection()
        await tellSegments(timeline.interrupt(at: end), picture: nil, of: nil)
        let isComplete = gaps == 0 && dropped == 0
        let spending = watch.judge.spending
        let judged = lag.count
        let summary = LiveSummary(
            state: supervisor.state, reason: reason, decision: timeline.decision(isComplete: isComplete),
            tally: timeline.tally, dropped: dropped, segments: timeline.segments, categories: timeline.categories,
            connections: connections, gaps: gaps, gapTime: gapTime, lag: lag, packetsRead: past.packetsRead,
            packetsDecoded: past.packetsDecoded, picturesDecoded: past.picturesDecoded, failures: past.failures,
            packetsUnusable: past.packetsUnusable,
            cost: .init(
                requests: spending?.requests ?? judged, operations: spending?.operations ?? 0,
                bytesSent: spending?.bytesSent ?? 0, reused: reused))
        await teller.tell(.summary(summary), at: end, continuity: positions.continuity)
        return summary
    }
}

/// What all connections so far measured.
private struct Totals {
    var packetsRead = 0, packetsDecoded = 0, picturesDecoded = 0, failures = 0, packetsUnusable = 0

    mutating func add(_ report: LiveReport) {
        packetsRead += report.packetsRead
        packetsDecoded += report.packetsDecoded
        picturesDecoded += report.picturesDecoded
        failures += report.failures
        packetsUnusable += report.packetsUnusable
    }
}

extension ConnectionLoss {
    /// - Parameter isFinite: A kind of stream that says when it is over.
    init(_ error: FrameSamplingError?, isFinite: Bool) {
        guard let error else {
            self = isFinite ? .finished : .lost("the stream was ended by its server")
            return
        }
        switch error.code {
        case .streamChanged: self = .moved
        case .unauthorized, .accessForbidden, .noDecoder, .tooManyPixels, .refusedAddress, .missing, .forbidden,
            .protocolNotFound:
            self = .refused(error.description)
        default: self = .lost(error.description)
        }
    }
}
