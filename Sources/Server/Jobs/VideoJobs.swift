import Foundation
import Logging
import Moderation
import Pipeline
import Reports
import Runtime
import Store
import Wire

/// Judges submitted videos and streams in the background, a limited number at once. Jobs survive the process: another
/// one resumes them.
actor VideoJobs {
    private let context: JobContext
    private var limit: Int { context.options.jobs }
    private struct Running {
        let run: JobRun
        let task: Task<Void, Never>
        let stop: StopSignal
    }
    private var running: [String: Running] = [:]
    private var isEnding = false

    /// Creates an actor without jobs. `resume` starts those in the store.
    init(_ context: JobContext) { self.context = context }

    /// The jobs running in this process.
    var count: Int { running.count }

    /// Starts stored jobs of this process and of processes that have ended, up to the limit.
    /// - Throws: `DatabaseError` or `StoreProblem`.
    func resume() async throws {
        try await context.store.adoptJobs(for: context.store.owner)
        for job in try await context.store.ongoingJobs(owner: context.store.owner) where running[job.media] == nil {
            guard running.count < limit, !isEnding else { return }
            do {
                try await start(job, JobOrder(of: job), try await context.store.frames(ofJob: job.media))
            } catch {
                context.logger.error("job not resumed", metadata: ["media": "\(job.media)", "error": "\(error)"])
            }
        }
    }

    /// The paths of all files that ongoing jobs need, including jobs of other processes.
    /// - Throws: `DatabaseError`.
    func files() async throws -> Set<String> {
        let orders = try await context.store.ongoingJobs().compactMap { try? JobOrder(of: $0) }
        return orders.reduce(into: []) { files, order in
            if case .file(let path) = order.source { files.insert(path) }
        }
    }

    /// Stores a job and starts it.
    /// - Parameter key: The name of the key that submits it.
    /// - Throws: `Refusal.tooManyJobs` or `StoreProblem`.
    func submit(_ order: JobOrder, key: String) async throws {
        guard running.count < limit, !isEnding else { throw Refusal.tooManyJobs(limit: limit) }
        let job = StoredJob(
            media: order.media, key: key, started: context.clock.wall(), order: try JSONEncoder().encode(order))
        try await context.store.keep(job, owner: context.store.owner)
        try await start(job, order, [])
    }

    private func start(_ job: StoredJob, _ order: JobOrder, _ frames: [JobFrame]) async throws {
        var job = job
        job.starts = try await context.store.begin(job.media)
        // `resume` may have started it during the await.
        guard running[job.media] == nil, !isEnding else { return }
        let run = JobRun(job, order, request(of: order), frames: frames, context)
        let stop = StopSignal()
        let media = job.media
        let task = Task {
            await withTaskCancellationHandler {
                await run.run(stop: stop)
            } onCancel: {
                stop.stop()
            }
            ended(media)
        }
        running[media] = Running(run: run, task: task, stop: stop)
        context.changes.notify()
    }

    private func ended(_ media: String) {
        running[media] = nil
        context.changes.notify()
    }

    /// The order as a request to the judge.
    private func request(of order: JobOrder) -> ModerationRequest {
        let known = context.judge.categories
        let tasks =
            order.models.compactMap { name in
                // The dashboard orders categories instead of models.
                SightengineModel.categories[name].map { ModerationTask(name: name, categories: $0) }
                    ?? TaskVocabulary.ofServices.task(named: name, ownCategories: known)
            }.compactMap { $0.partlyServed(by: known) } + context.judge.standingTasks
        var policy = order.policy ?? .standard(for: tasks)
        // The frames that are stored of a stream do not tell what second looks said.
        if order.isLive { policy.confirm = nil }
        return ModerationRequest(tasks, policy: policy, interval: .seconds(order.interval))
    }

    /// Stops a job. Returns once it is stored as `stopped`; does nothing if it has ended.
    /// - Throws: `Refusal.unknownMedia`; `Refusal.overloaded` if the job does not end within 5 s or runs in another
    ///   process; `DatabaseError` or `StoreProblem`.
    func stop(_ media: String, key: String) async throws {
        guard try await job(media, key: key).status == .ongoing else { return }
        guard let job = running[media] else { return try await stopIdle(media) }
        job.stop.stop()
        do {
            try await Deadline(limit: Self.stopDeadline, clock: context.clock).run { _ in await job.task.value }
        } catch Refusal.tooSlow {
            // The job ends later, once the state can be written.
            throw Refusal.overloaded
        }
    }

    private static let stopDeadline = Duration.seconds(5)

    /// Stops a job that waits to be resumed.
    private func stopIdle(_ media: String) async throws {
        let owner = context.store.owner
        try await context.store.adoptJobs(for: owner)
        let own = try await context.store.ongoingJobs(owner: owner)
        // Another process runs it.
        guard own.contains(where: { $0.media == media }), running[media] == nil else { throw Refusal.overloaded }
        try await context.store.note(
            [], status: .stopped, of: media, owing: [], owner: owner, now: context.clock.wall())
        context.changes.notify()
    }

    /// The newest jobs of a key.
    /// - Throws: `DatabaseError`, or `DecodingError` for a damaged order.
    func snapshots(key: String, limit: Int) async throws -> [JobSnapshot] {
        try await context.store.recentJobs(key: key, limit: limit).map { try snapshot($0) }
    }

    /// A job of a key and its results so far.
    /// - Throws: `Refusal.unknownMedia`, `DatabaseError`, or `DecodingError` for a damaged order.
    func snapshot(_ media: String, key: String) async throws -> (job: JobSnapshot, result: ModerationResult) {
        let snapshot = try snapshot(try await job(media, key: key))
        let frames = try await context.store.frames(ofJob: media)
        return (snapshot, snapshot.result(frames, request(of: snapshot.order), judge: context.judge.identity))
    }

    private func snapshot(_ job: StoredJob) throws -> JobSnapshot {
        JobSnapshot(job: job, order: try JobOrder(of: job), state: running[job.media]?.run.streamState)
    }

    /// A job's progress as Sightengine reports it.
    /// - Throws: `Refusal.unknownMedia`, `DatabaseError`, or `DecodingError` for a damaged order.
    func progress(_ media: String, key: String) async throws -> SightengineProgress {
        let job = try await job(media, key: key)
        let order = try JobOrder(of: job)
        return CallbackTracker(
            job, order, request(of: order), frames: try await context.store.frames(ofJob: media)
        ).progress(of: job)
    }

    /// The progress of a key's ongoing jobs, without frames.
    /// - Throws: `DatabaseError`, or `DecodingError` for a damaged order.
    func ongoing(key: String) async throws -> [SightengineProgress] {
        try await context.store.ongoingJobs(key: key).map { job in
            var progress = CallbackTracker(job, try JobOrder(of: job), ModerationRequest([]), frames: [])
                .progress(of: job)
            // Without frames there are no segments to report.
            progress.data.outcome = nil
            return progress
        }
    }

    private func job(_ media: String, key: String) async throws -> StoredJob {
        guard let job = try await context.store.job(media), job.key == key else { throw Refusal.unknownMedia }
        return job
    }

    /// Ends the running jobs without changing what is stored, so that the next process resumes them.
    func end() async {
        isEnding = true
        let tasks = running.values.map(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
