import Callbacks
import Foundation
import Logging
import Moderation
import Pipeline
import Reports
import Runtime
import Store
import Wire

/// What jobs run with.
struct JobContext: Sendable {
    let judge: any ImageJudge
    let store: Store
    let owner: Ownership
    let courier: CallbackCourier
    let metrics: Metrics
    let logger: Logger
    let identifiers: Identifiers
    let clock: TimeSource
    let userAgent: String
    /// Bytes read of a video at an address.
    let maxBytes: Int
    let allowsPrivate: Bool
    /// A stream that is not live for this long is given up.
    let giveUpAfter: Duration
    /// Hear of whatever is stored about jobs.
    let changes: JobChanges
}

/// Videos submitted for later: judged in the background, a bounded number at once, and gone on with after a crash.
actor VideoJobs {
    private let context: JobContext
    private let limit: Int
    private struct Running {
        let run: JobRun
        let task: Task<Void, Never>
        let stop: StopSignal
    }
    private var running: [String: Running] = [:]
    private var isEnding = false

    /// - Parameter limit: Jobs at once; more are refused.
    init(_ context: JobContext, limit: Int) {
        self.context = context
        self.limit = limit
    }

    var count: Int { running.count }

    /// Goes on with what this process, or one that is gone, has left, as far as there is room.
    func resume() async throws {
        try await context.store.adoptJobs(for: context.owner)
        for job in try await context.store.ongoingJobs(owner: context.owner) where running[job.media] == nil {
            guard running.count < limit, !isEnding else { return }
            do {
                let frames = try await context.store.frames(ofJob: job.media)
                try await start(job, JSONDecoder().decode(JobOrder.self, from: job.order), frames)
            } catch {
                context.logger.error("job not resumed", metadata: ["media": "\(job.media)", "error": "\(error)"])
            }
        }
    }

    /// Files of jobs that are not over, whoever runs them.
    func files() async throws -> Set<String> {
        let orders = try await context.store.ongoingJobs().compactMap {
            try? JSONDecoder().decode(JobOrder.self, from: $0.order)
        }
        return orders.reduce(into: []) { files, order in
            if case .file(let path) = order.source { files.insert(path) }
        }
    }

    /// Stores a job and starts it. Throws `Refusal.tooManyJobs`.
    func submit(_ order: JobOrder, key: String) async throws {
        guard running.count < limit, !isEnding else { throw Refusal.tooManyJobs(limit: limit) }
        let job = StoredJob(
            media: order.media, key: key, started: context.clock.wall(), order: try JSONEncoder().encode(order))
        try await context.store.keep(job, owner: context.owner)
        try await start(job, order, [])
    }

    private func start(_ job: StoredJob, _ order: JobOrder, _ frames: [JobFrame]) async throws {
        var job = job
        job.starts = try await context.store.begin(job.media)
        // Somebody may have started it meanwhile.
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
        context.changes.ring()
    }

    private func ended(_ media: String) {
        running[media] = nil
        context.changes.ring()
    }

    /// What is judged of what was ordered, and how it is decided.
    private func request(of order: JobOrder) -> ModerationRequest {
        let known = context.judge.categories
        let tasks =
            order.models.compactMap { name in
                // The dashboard's are categories.
                SightengineModel.categories[name].map { ModerationTask(name: name, categories: $0) }
                    ?? TaskVocabulary.ofServices.task(named: name, ownCategories: known)
            }.compactMap { $0.partlyServed(by: known) } + context.judge.standingTasks
        return ModerationRequest(
            tasks, policy: order.policy ?? .standard(for: tasks), interval: .seconds(order.interval))
    }

    /// Stops a job, which ends as `stopped`; returns once that is stored. Throws `Refusal.unknownMedia`.
    func stop(_ media: String, key: String) async throws {
        guard let stored = try await job(media, key: key) else { throw Refusal.unknownMedia }
        guard stored.status == .ongoing else { return }
        guard let job = running[media] else { return try await stopIdle(media) }
        job.stop.stop()
        // While the state cannot be written, it is over only later.
        for _ in 0..<Self.looksForEnd where running[media] != nil { try await context.clock.sleep(Self.lookAgain) }
        if running[media] != nil { throw Refusal.overloaded }
    }

    private static let looksForEnd = 200
    private static let lookAgain = Duration.milliseconds(25)

    /// A job that waits for room, or that a process has left.
    private func stopIdle(_ media: String) async throws {
        try await context.store.adoptJobs(for: context.owner)
        let own = try await context.store.ongoingJobs(owner: context.owner)
        // Another process runs it.
        guard own.contains(where: { $0.media == media }), running[media] == nil else { throw Refusal.overloaded }
        try await context.store.note(
            [], status: .stopped, of: media, owing: [], owner: context.owner, now: context.clock.wall())
        context.changes.ring()
    }

    /// The newest runs of a key.
    func runs(key: String, limit: Int) async throws -> [JobSnapshot] {
        var runs: [JobSnapshot] = []
        for job in try await context.store.recentJobs(key: key, limit: limit) { runs.append(try run(job)) }
        return runs
    }

    /// A run and what is known of it. Throws `Refusal.unknownMedia`.
    func run(_ media: String, key: String) async throws -> (run: JobSnapshot, result: ModerationResult) {
        guard let job = try await job(media, key: key) else { throw Refusal.unknownMedia }
        let run = try run(job)
        let frames = try await context.store.frames(ofJob: media)
        return (run, run.result(frames, request(of: run.order), judge: context.judge.identity))
    }

    private func run(_ job: StoredJob) throws -> JobSnapshot {
        JobSnapshot(
            job: job, order: try JSONDecoder().decode(JobOrder.self, from: job.order),
            state: running[job.media]?.run.streamState)
    }

    /// How far a job is. Throws `Refusal.unknownMedia`.
    func progress(_ media: String, key: String) async throws -> SightengineProgress {
        guard let job = try await job(media, key: key) else { throw Refusal.unknownMedia }
        let order = try JSONDecoder().decode(JobOrder.self, from: job.order)
        let frames = try await context.store.frames(ofJob: media)
        let log = CallbackLog(job, order, request(of: order), frames: frames)
        return log.progress(job.status.rawValue, job.decision, now: job.updated)
    }

    /// Jobs of a key that are not over, without their frames.
    func ongoing(key: String) async throws -> [SightengineProgress] {
        try await context.store.ongoingJobs(key: key).map { job in
            let order = try JSONDecoder().decode(JobOrder.self, from: job.order)
            return CallbackLog(job, order, ModerationRequest([]), frames: [])
                .progress(job.status.rawValue, job.decision, now: job.updated)
        }
    }

    private func job(_ media: String, key: String) async throws -> StoredJob? {
        guard let job = try await context.store.job(media), job.key == key else { return nil }
        return job
    }

    /// Leaves everything as it is, for the process that comes after this one.
    func end() async {
        isEnding = true
        let tasks = running.values.map(\.task)
        for task in tasks { task.cancel() }
        for task in tasks { await task.value }
    }
}
