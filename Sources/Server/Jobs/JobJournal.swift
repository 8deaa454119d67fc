import Callbacks
import Foundation
import Logging
import Moderation
import Pipeline
import Reports
import Runtime
import Store
import Wire

/// What is stored of a job: its frames, with the callbacks they make due and what the key pays for them, and its end. What
/// cannot be written is kept, to be written with what comes next.
///
/// Belongs to one run, which is an actor: no two of its calls overlap; they run where it does.
final class JobJournal {
    private let order: JobOrder
    /// As it is stored, with what is about to be.
    private var job: StoredJob
    /// Another process judged the beginning.
    private let isResumed: Bool
    private let operations: Int
    private let context: JobContext
    private var log: CallbackLog

    private struct Batch {
        var frames: [JobFrame] = []
        /// With its frames.
        var progress: JobProgress?
        var isDue = false
        /// Frames that the key has not paid for.
        var unpaid = 0
        var missed: String?

        var isEmpty: Bool { frames.isEmpty && missed == nil }

        /// Puts what came later behind it.
        mutating func append(_ later: Batch) {
            frames += later.frames
            progress = later.progress ?? progress
            isDue = isDue || later.isDue
            unpaid += later.unpaid
            missed = missed ?? later.missed
        }
    }
    private var waiting = Batch()
    private var isWriting = false
    private var writers: [CheckedContinuation<Void, Never>] = []

    /// Frames of a stream that wait at most; then the oldest go, and count as missed.
    static let mostWaiting = Store.mostJobFrames

    init(
        _ job: StoredJob, _ order: JobOrder, _ request: ModerationRequest, log: CallbackLog, _ context: JobContext
    ) {
        self.order = order
        self.job = job
        isResumed = job.frames > 0
        self.context = context
        self.log = log
        operations = SightengineModel.operations(request.tasks)
    }

    /// The next judged position.
    /// - Parameter isLive: It cannot wait for long; otherwise whoever adds waits for `write`.
    func add(_ sample: TimelineSample, isLive: Bool) {
        waiting.isDue = log.add(sample) || waiting.isDue
        waiting.progress = JobProgress(tally: log.decision.tally, isRejected: log.decision.isRejected)
        waiting.unpaid += 1
        waiting.frames.append(
            JobFrame(
                number: log.totalFrames, position: sample.position, judgement: sample.judgement,
                stream: sample.stream))
        guard isLive, waiting.frames.count > Self.mostWaiting else { return }
        waiting.frames.removeFirst()
        note(missed: "Some pictures are missing: the state could not be written for too long.")
    }

    /// A second look refuted a segment.
    func dismiss(_ segment: LiveSegment) { log.decision.dismiss(segment) }

    /// Something of the input is not seen. The first reason stays.
    func note(missed reason: String) { waiting.missed = waiting.missed ?? reason }

    /// Writes what waits. Throws `Refusal.quotaSpent` once the key has used up what it may, and what the store says; then
    /// all of it waits on.
    func write(isolation: isolated (any Actor)? = #isolation) async throws {
        try await write(status: .ongoing)
    }

    /// Writes what waits, and that it is over. Throws what the store says; then it can be tried again.
    func end(_ ending: JobEnding, isolation: isolated (any Actor)? = #isolation) async throws {
        if let reason = ending.missed { note(missed: reason) }
        if let progress = ending.progress, !isResumed {
            log.decision.conclude(progress.tally, isRejected: progress.isRejected, segments: progress.segments)
        }
        waiting.progress = JobProgress(
            tally: log.decision.tally, isRejected: log.decision.isRejected, segments: log.decision.segments)
        do {
            try await write(status: ending.status, problem: ending.problem)
        } catch Refusal.quotaSpent {
            // What was judged counts all the same; the key cannot pay for it, and its next request hears so.
            waiting.unpaid = 0
            try await write(status: .failure, problem: Refusal.quotaSpent.sentence)
        }
        if case .file(let path) = order.source { try? FileManager.default.removeItem(atPath: path) }
    }

    private func write(
        status: StoredJob.Status, problem: String? = nil, isolation: isolated (any Actor)? = #isolation
    ) async throws {
        while isWriting { await withCheckedContinuation { writers.append($0) } }
        let isOver = status != .ongoing
        guard isOver || !waiting.isEmpty else { return }
        isWriting = true
        defer {
            isWriting = false
            for writer in writers { writer.resume() }
            writers = []
        }
        var batch = waiting
        waiting = Batch()
        do {
            try await pay(&batch)
            let callbacks = isOver || batch.isDue ? try callback(status, batch) : []
            try await store(batch, status, problem, callbacks)
        } catch {
            batch.append(waiting)
            waiting = batch
            throw error
        }
        context.changes.ring()
    }

    private func pay(_ batch: inout Batch, isolation: isolated (any Actor)? = #isolation) async throws {
        guard let quota = order.quota, batch.unpaid > 0 else { return }
        guard try await context.store.take(batch.unpaid * operations, key: job.key, quota: quota) else {
            throw Refusal.quotaSpent
        }
        batch.unpaid = 0
    }

    private func store(
        _ batch: Batch, _ status: StoredJob.Status, _ problem: String?, _ callbacks: [NewCallback],
        isolation: isolated (any Actor)? = #isolation
    ) async throws {
        let dropped = try await context.store.note(
            batch.frames, progress: batch.progress, status: status, problem: problem, missed: batch.missed,
            of: order.media, owing: callbacks, owner: context.owner, now: context.clock.wall())
        context.metrics.countPictures(batch.frames.count)
        if dropped > 0 {
            context.logger.warning(
                "too many callbacks wait; one was not noted", metadata: ["media": "\(order.media)"])
        }
        if !callbacks.isEmpty { await context.courier.hurry() }
    }

    private func callback(_ status: StoredJob.Status, _ batch: Batch) throws -> [NewCallback] {
        guard let url = order.callback else { return [] }
        (job.status, job.missed) = (status, job.missed ?? batch.missed)
        job.progress = batch.progress ?? job.progress
        let body = try WireJSON.encode(log.progress(status.rawValue, job.decision, now: context.clock.wall()))
        return [
            NewCallback(
                id: "evt_" + context.identifiers.hexadecimal(), url: url, body: body,
                isGuarded: !context.allowsPrivate)
        ]
    }
}
