import FrameSampling
import Moderation
import Runtime
import Synchronization

/// Judges pictures concurrently, in bounded number, and returns them in order of position. Thread-safe.
///
/// `Ticket` is the owner's record of a position. Callers wait for room before they add, so a slow judge or consumer
/// slows the sampling down. Positions that wait for an earlier one hold no picture, unless the owner keeps it.
final class JudgingQueue<Ticket: Sendable>: Sendable {
    private struct Entry {
        let ticket: Ticket
        var outcome: JudgingOutcome?
    }

    private struct State {
        /// By order number.
        var entries: [Int: Entry] = [:]
        /// The next order number to return.
        var next = 0
        var inWork: [Int: Task<Void, Never>] = [:]
        var counts = JudgingCounts()
        var stop: JudgeStop?
        /// Whether nothing more will be added.
        var isFinished = false
        /// Whether nothing more will be judged.
        var isCancelled = false
        var changes = 0
        var waiting: [CheckedContinuation<Void, Never>] = []

        /// Returns the waiting tasks, to be resumed outside of the lock.
        mutating func change() -> [CheckedContinuation<Void, Never>] {
            changes += 1
            defer { waiting = [] }
            return waiting
        }
    }

    private let judge: any ImageJudge
    private let concurrency: Int
    private let capacity: Int
    private let keeping = BlockingThreads(count: 1, name: "framesift keep")
    private let keep: @Sendable (Ticket, DecodedPicture, Judgement?) -> JudgingOutcome.Kept
    private let judged, stopped: @Sendable () -> Void
    private let state = Mutex(State())

    /// - Parameters:
    ///   - concurrency: The most pictures being judged, or judged and ready to be returned.
    ///   - capacity: The most positions held, including those that wait for an earlier one.
    ///   - keep: Called for each picture, before it is released, with its judgement if there is one. It may block.
    ///   - judged: Called after each picture, judged or not. It must not block.
    ///   - stopped: Called once the judge has stopped for good.
    init(
        _ judge: any ImageJudge, concurrency: Int, capacity: Int = .max,
        keep: @escaping @Sendable (Ticket, DecodedPicture, Judgement?) -> JudgingOutcome.Kept,
        judged: @escaping @Sendable () -> Void = {}, stopped: @escaping @Sendable () -> Void = {}
    ) {
        self.judge = judge
        self.concurrency = max(1, concurrency)
        self.capacity = capacity
        self.keep = keep
        self.judged = judged
        self.stopped = stopped
    }

    deinit { keeping.close() }

    var isEmpty: Bool { state.withLock { $0.entries.isEmpty } }
    var counts: JudgingCounts { state.withLock { $0.counts } }
    /// Why the judge has stopped for good, if it has.
    var judgeStop: JudgeStop? { state.withLock { $0.stop } }

    var hasRoom: Bool {
        state.withLock { state in
            guard state.entries.count < capacity, state.inWork.count < concurrency else { return false }
            let free = concurrency - state.inWork.count
            return (state.next..<state.next + free).contains { state.entries[$0]?.outcome == nil }
        }
    }

    // MARK: In

    /// Adds a position whose picture will be judged, unless the judge has stopped or the queue was cancelled.
    /// - Parameters:
    ///   - asked: The categories to judge for.
    ///   - order: 0, 1, 2 …, in any order, each once.
    func judge(_ picture: DecodedPicture, for asked: Set<ContentCategory>, _ ticket: Ticket, order: Int) {
        let isOver = state.withLock { state in
            guard !state.isCancelled, state.stop == nil else { return true }
            state.entries[order] = Entry(ticket: ticket)
            state.inWork[order] = Task { await self.work(picture, asked, ticket, order) }
            return false
        }
        if isOver { add(.ended, ticket, order: order) }
    }

    /// Adds a position without a picture to judge.
    func add(_ outcome: JudgingOutcome, _ ticket: Ticket, order: Int) {
        note { $0.entries[order] = Entry(ticket: ticket, outcome: outcome) }
    }

    /// Declares that nothing more will be added.
    func finish() { note { $0.isFinished = true } }

    private func work(_ picture: DecodedPicture, _ asked: Set<ContentCategory>, _ ticket: Ticket, _ order: Int) async {
        let clock = ContinuousClock()
        let began = clock.now
        var stop: JudgeStop?
        let outcome: JudgingOutcome
        do {
            let judgement = try await judge.judge(picture, for: asked)
            outcome = .judged(judgement, await kept(ticket, picture, judgement))
        } catch is CancellationError {
            outcome = .ended
        } catch {
            stop = error as? JudgeStop
            outcome = .failed("\(error)", await kept(ticket, picture, nil))
        }
        let took = clock.now - began
        note { state in
            state.entries[order]?.outcome = outcome
            state.inWork[order] = nil
            state.counts.judgeTime += took
            state.stop = state.stop ?? stop
        }
        if stop != nil { stopped() }
        judged()
    }

    private func kept(
        _ ticket: Ticket, _ picture: DecodedPicture, _ judgement: Judgement?
    ) async -> JudgingOutcome.Kept {
        await keeping.run { [keep] in keep(ticket, picture, judgement) }
    }

    // MARK: Out

    /// Removes and returns the next position if it is decided. After `finish`, missing positions are skipped.
    func take() -> (Ticket, JudgingOutcome)? {
        let (taken, waiting): ((Ticket, JudgingOutcome)?, [CheckedContinuation<Void, Never>]) = state.withLock {
            state in
            if state.isFinished, state.entries[state.next] == nil, let first = state.entries.keys.min() {
                state.next = first
            }
            guard let entry = state.entries[state.next], let outcome = entry.outcome else { return (nil, []) }
            state.entries[state.next] = nil
            state.next += 1
            state.counts.add(outcome)
            return ((entry.ticket, outcome), state.change())
        }
        for continuation in waiting { continuation.resume() }
        return taken
    }

    /// Removes and returns the next position once it is decided; `nil` after the last.
    func next() async -> (Ticket, JudgingOutcome)? {
        while true {
            let changes = state.withLock { $0.changes }
            if let taken = take() { return taken }
            if state.withLock({ $0.isFinished && $0.entries.isEmpty }) { return nil }
            await change(after: changes)
        }
    }

    /// Returns when there is room or the judge has stopped.
    func room() async {
        while true {
            let changes = state.withLock { $0.changes }
            if hasRoom || judgeStop != nil { return }
            await change(after: changes)
        }
    }

    // MARK: The end

    /// Cancels all judging.
    func cancel() {
        let tasks = state.withLock { state in
            state.isCancelled = true
            return Array(state.inWork.values)
        }
        for task in tasks { task.cancel() }
    }

    /// Cancels all judging and waits for it, because a judge on this machine may still be using the pictures.
    func giveUp() async {
        cancel()
        for task in state.withLock({ Array($0.inWork.values) }) { await task.value }
    }

    private func note(_ change: (inout State) -> Void) {
        let waiting = state.withLock { state in
            change(&state)
            return state.change()
        }
        for continuation in waiting { continuation.resume() }
    }

    private func change(after changes: Int) async {
        await withCheckedContinuation { continuation in
            let isOver = state.withLock { state in
                if state.changes == changes { state.waiting.append(continuation) }
                return state.changes != changes
            }
            if isOver { continuation.resume() }
        }
    }
}

extension Picture {
    /// A reduced picture to compare others with; `nil` if it cannot be converted.
    var miniature: [UInt8]? {
        try? pixels(.gray, width: OverlayTracker.miniatureWidth, height: OverlayTracker.miniatureHeight)
    }
}
