import Callbacks
import Foundation
import Logging
import Moderation
import Pipeline
import Reports
import Runtime
import Store
import Wire

/// Stores a job's frames and its end, charges the key for the frames, and stores the callbacks that become due. What
/// cannot be written stays in memory and is written with the next frames.
///
/// Not thread-safe: it belongs to one `JobRun` and its methods run on that actor.
final class JobJournal {
    private let order: JobOrder
    /// As in the store, plus what is being written.
    private var job: StoredJob
    /// What was stored before this process took the job; `nil` if it is the first.
    private let before: RunningDecision?
    let claim: JobClaim
    private let looksAgain: Bool
    /// Units per frame.
    private let operations: Int
    private let context: JobContext
    private var log: CallbackTracker
    /// `nil` if there is no review queue.
    private let recorder: CaseRecorder?

    private struct Batch {
        var frames: [JobFrame] = []
        var finds = CaseRecorder.Finds()
        /// Including the frames of this batch.
        var progress: JobProgress?
        /// Whether a callback is due.
        var isDue = false
        /// When its first frame was added.
        var since: Duration?
        var missed: String?

        var isEmpty: Bool { frames.isEmpty && missed == nil }

        /// This batch and one that came later.
        func followed(by later: Batch) -> Batch {
            Batch(
                frames: frames + later.frames, finds: finds.followed(by: later.finds),
                progress: later.progress ?? progress, isDue: isDue || later.isDue, since: since ?? later.since,
                missed: missed ?? later.missed)
        }
    }
    private var waiting = Batch()
    /// Whether the key no longer pays for frames: they were judged, so they are stored nevertheless.
    private var isFree = false
    private var isWriting = false
    private var hasWrittenFrames = false
    private var writers: [CheckedContinuation<Void, Never>] = []

    /// How long frames wait for others to be written with, and how many do.
    private static let patience = Duration.seconds(5), maxUnwritten = 16
    /// The most frames of a stream that wait to be written. Beyond this, the oldest are dropped and count as missed.
    static let maxWaiting = Store.maxJobFrames

    /// - Parameters:
    ///   - request: The order as a request.
    ///   - log: Includes the frames that are already stored.
    ///   - recorder: Likewise; `nil` if there is no review queue.
    init(
        _ taken: Store.TakenJob, _ order: JobOrder, _ request: ModerationRequest, log: CallbackTracker,
        recorder: CaseRecorder?, _ context: JobContext
    ) {
        self.recorder = recorder
        self.order = order
        (job, claim) = (taken.job, taken.claim)
        before = taken.job.frames > 0 ? log.decision : nil
        looksAgain = request.policy.confirm != nil
        self.context = context
        self.log = log
        operations = SightengineModel.operations(request.tasks)
    }

    /// Adds the next frame. `write` stores it.
    /// - Parameter isLive: Whether frames keep coming while nothing can be written. Otherwise the caller must wait for
    ///   `write` before it adds more.
    func add(_ sample: TimelineSample, isLive: Bool) {
        let (isDue, step) = log.add(sample)
        let finds = recorder?.add(step) ?? .init()
        waiting.finds = waiting.finds.followed(by: finds)
        // People wait for hits of streams.
        waiting.isDue = isDue || waiting.isDue || (isLive && finds.cases.contains { $0.found.reason == .ko })
        waiting.since = waiting.since ?? context.clock.now()
        waiting.progress = JobProgress(tally: log.decision.tally, isRejected: log.decision.isRejected)
        waiting.frames.append(
            JobFrame(
                number: log.totalFrames, position: sample.position, judgement: sample.judgement,
                stream: sample.stream))
        guard isLive, waiting.frames.count > Self.maxWaiting else { return }
        waiting.frames.removeFirst()
        note(missed: "Some pictures are missing because the state could not be written for too long.")
    }

    /// Whether what waits is to be written now. Transactions of a database that many share cost more than what is lost of a
    /// process that is killed: some pictures that another one judges again, or whose stored judgements it finds.
    var isDue: Bool {
        // The first pictures tell that somebody has the job.
        guard context.store.isShared, hasWrittenFrames else { return true }
        return waiting.isDue || waiting.frames.count >= Self.maxUnwritten
            || context.clock.now() - (waiting.since ?? .zero) >= Self.patience
    }

    /// Notes that part of the input was not seen. Only the first reason is kept.
    /// - Parameter reason: One sentence.
    func note(missed reason: String) { waiting.missed = waiting.missed ?? reason }

    /// Writes the frames that wait. They keep waiting if it throws.
    /// - Returns: Whether somebody asked for the job's end.
    /// - Throws: `QuotaSpent` if the key cannot pay for them, `ClaimLost`, or `StoreProblem`.
    @discardableResult
    func write(isolation: isolated (any Actor)? = #isolation) async throws -> Bool {
        try await write(status: .ongoing)
    }

    /// Writes the frames that wait and the end of the job, and removes its file.
    /// - Throws: `ClaimLost`, or `StoreProblem`, after which the call can be repeated.
    func end(_ ending: JobEnding, isolation: isolated (any Actor)? = #isolation) async throws {
        if let reason = ending.missed { note(missed: reason) }
        if let progress = ending.progress { conclude(progress) }
        waiting.progress = JobProgress(
            tally: log.decision.tally, isRejected: log.decision.isRejected, segments: log.decision.segments)
        if let recorder { waiting.finds = waiting.finds.followed(by: recorder.finish(log.decision.segments)) }
        do {
            try await write(status: ending.status, problem: ending.problem)
        } catch is QuotaSpent {
            isFree = true
            try await write(status: .failure, problem: Refusal.quotaSpent.sentence)
        }
        await removeMedia()
    }

    private func removeMedia(isolation: isolated (any Actor)? = #isolation) async {
        switch order.source {
        case .address: break
        case .file(let path): try? FileManager.default.removeItem(atPath: path)
        case .object(let object):
            do { try await context.options.media?.remove(object) } catch {
                // The bucket's own rule for old objects removes it.
                context.logger.warning("object not removed", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Takes over what second looks and the end of the input have changed.
    /// - Parameter run: What this process came to, without what was stored before.
    private func conclude(_ run: JobProgress) {
        guard let before else {
            return log.decision.conclude(run.tally, isRejected: run.isRejected, segments: run.segments)
        }
        guard looksAgain else { return }
        var tally = before.tally
        tally.add(run.tally)
        log.decision.conclude(
            tally, isRejected: before.isRejected || run.isRejected, segments: before.segments + (run.segments ?? []))
    }

    @discardableResult
    private func write(
        status: StoredJob.Status, problem: String? = nil, isolation: isolated (any Actor)? = #isolation
    ) async throws -> Bool {
        while isWriting { await withCheckedContinuation { writers.append($0) } }
        let isOver = status != .ongoing
        let hasFinds = !waiting.finds.cases.isEmpty
        guard isOver || !waiting.isEmpty else { return false }
        isWriting = true
        defer {
            isWriting = false
            for writer in writers { writer.resume() }
            writers = []
        }
        let batch = waiting
        waiting = Batch()
        do {
            (job.status, job.missed) = (status, job.missed ?? batch.missed)
            job.progress = batch.progress ?? job.progress
            let callbacks = try (isOver || batch.isDue ? callback() : []) + (isOver ? actions() : [])
            let isStopping = try await store(batch, problem, callbacks)
            hasWrittenFrames = hasWrittenFrames || !batch.frames.isEmpty
            context.changes.notify()
            if hasFinds { context.caseChanges.notify() }
            return isStopping
        } catch {
            waiting = batch.followed(by: waiting)
            throw error
        }
    }

    private func store(
        _ batch: Batch, _ problem: String?, _ callbacks: [NewCallback], isolation: isolated (any Actor)? = #isolation
    ) async throws -> Bool {
        var note = JobNote(job.status)
        (note.frames, note.progress, note.problem) = (batch.frames, batch.progress, problem)
        (note.missed, note.callbacks) = (batch.missed, callbacks)
        if let recorder { batch.finds.put(into: &note, of: recorder, isOver: job.status != .ongoing) }
        if let quota = order.quota, !isFree { note.charge = (operations, quota) }
        let (dropped, isStopping) = try await context.store.note(note, by: claim, now: context.clock.wall())
        context.metrics.countPictures(batch.frames.count)
        if dropped > 0 {
            context.logger.warning(
                "too many callbacks wait; one was dropped", metadata: ["media": "\(order.media)"])
        }
        if !callbacks.isEmpty { await context.courier.hurry() }
        return isStopping
    }

    /// The actions that the end of the job makes due.
    private func actions() throws -> [NewCallback] {
        var verdicts = VerdictActions(looksAgain: looksAgain)
        let due = verdicts.end(job.decision ?? .undetermined, isStream: order.isLive, reason: job.missed)
        return try due.filter { context.courier.actionKinds.contains($0.kind) }.map { trigger in
            // The same id, if the end is written twice because nobody heard that it was written.
            let event = ActionEvent(
                trigger, media: order.media, stream: order.uri, time: context.clock.wall(),
                segments: order.isLive ? nil : log.decision.segments, publisher: order.publisher,
                id: "act_\(order.media)_\(trigger.kind.rawValue)")
            return try NewCallback(trigger.kind, id: event.id, event: event.json())
        }
    }

    private func callback() throws -> [NewCallback] {
        guard let url = order.callback else { return [] }
        let body = try WireJSON.encode(log.progress(job.status.rawValue, job.decision, now: context.clock.wall()))
        return [
            NewCallback(
                id: "evt_" + Identifiers.hexadecimal(), url: url, body: body,
                isGuarded: !context.options.allowsPrivateURLs)
        ]
    }
}
