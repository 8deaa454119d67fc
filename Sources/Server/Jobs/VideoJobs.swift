import Foundation
import Logging
import Moderation
import Pipeline
import Reports
import Runtime
import Store
import Wire

/// Judges submitted videos and streams in the background, a limited number at once. Jobs survive the process: another
/// one goes on with them.
actor VideoJobs {
    private let context: JobContext
    private var limit: Int { context.options.jobs }
    private struct Running {
        let run: JobRun
        let claim: JobClaim
        let isLive: Bool
        let task: Task<Void, Never>
        let stop: StopSignal
    }
    private var running: [String: Running] = [:]
    /// Jobs that are being submitted.
    private var submitting = 0
    private var isEnding = false

    /// The most jobs that wait in a database that several machines share.
    private static let maxWaiting = 100_000

    /// Creates an actor without jobs. `takeWaiting` starts those in the store.
    init(_ context: JobContext) { self.context = context }

    /// Whether this process judges any.
    nonisolated var works: Bool { context.options.works }

    /// The jobs running in this process.
    var count: Int { running.count }

    // MARK: Taking

    /// Lets go of jobs whose processes have ended.
    /// - Throws: `StoreProblem`.
    func releaseAbandoned() async throws { try await context.store.releaseAbandonedJobs() }

    /// Takes jobs that wait and starts them, as many as there is room for.
    /// - Returns: How many.
    /// - Throws: `StoreProblem`.
    @discardableResult func takeWaiting() async throws -> Int {
        for count in 0... {
            let kinds = [true, false].filter(hasRoom(live:))
            guard let first = kinds.first,
                let taken = try await context.store.takeJob(live: kinds.count > 1 ? nil : first, besides: media)
            else { return count }
            try await start(taken)
        }
        return 0
    }

    /// The bucket that this process can read, as a place of jobs.
    private var media: String { context.options.media?.place ?? "" }

    private func hasRoom(live: Bool) -> Bool {
        guard context.options.works, !isEnding, running.count < limit else { return false }
        let most = live ? context.options.maxLiveJobs : context.options.maxFileJobs
        return most.map { most in running.values.count { $0.isLive == live } < most } ?? true
    }

    private func start(_ taken: Store.TakenJob) async throws {
        let media = taken.job.media
        do {
            let order = try JobOrder(of: taken.job)
            let frames = try await context.store.frames(ofJob: media)
            guard !isEnding else { return try await context.store.giveBack([taken.claim]) }
            start(taken, order, JobRun(taken, order, request(of: order), frames: frames, context))
        } catch let error as DecodingError {
            // Nobody can ever read it.
            context.logger.error("job not read", metadata: ["media": "\(media)", "error": "\(error)"])
            var note = JobNote(.failure)
            note.problem = Refusal.failure.sentence
            try await context.store.note(note, by: taken.claim, now: context.clock.wall())
        } catch {
            try await context.store.giveBack([taken.claim])
            throw error
        }
    }

    private func start(_ taken: Store.TakenJob, _ order: JobOrder, _ run: JobRun) {
        let stop = StopSignal()
        let media = taken.job.media
        let task = Task {
            await withTaskCancellationHandler {
                await run.run(stop: stop)
            } onCancel: {
                stop.stop()
            }
            ended(media)
        }
        running[media] = Running(run: run, claim: taken.claim, isLive: order.isLive, task: task, stop: stop)
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
        return ModerationRequest(
            tasks, policy: policy, interval: .seconds(order.interval), referenceID: order.reference)
    }

    /// The paths of all files that ongoing jobs need, including jobs of other processes.
    /// - Throws: `StoreProblem`.
    func files() async throws -> Set<String> {
        let orders = try await context.store.ongoingJobs().compactMap { try? JobOrder(of: $0) }
        return orders.reduce(into: []) { files, order in
            if case .file(let path) = order.source { files.insert(path) }
        }
    }

    /// Stores a job, and starts it here if there is room.
    /// - Parameter key: The name of the key that submits it.
    /// - Throws: `Refusal.tooManyJobs` or `StoreProblem`.
    func submit(_ order: JobOrder, key: String) async throws {
        guard !isEnding else { throw Refusal.tooManyJobs(limit: limit) }
        if context.store.isShared {
            let waiting = try await context.store.waitingJobs().count
            guard waiting < Self.maxWaiting else { throw Refusal.tooManyJobs(limit: Self.maxWaiting) }
        } else {
            // Nobody else would take it.
            guard running.count + submitting < limit else { throw Refusal.tooManyJobs(limit: limit) }
        }
        submitting += 1
        defer { submitting -= 1 }
        let place =
            switch order.source {
            case .address: ""
            case .file: context.store.place
            case .object: context.options.media?.place ?? ""
            }
        try await context.store.keep(
            StoredJob(
                media: order.media, key: key, started: context.clock.wall(), order: try JSONEncoder().encode(order),
                isLive: order.isLive, place: place, reference: order.reference ?? ""))
        if hasRoom(live: order.isLive), let taken = try await context.store.takeJob(order.media, besides: media) {
            try await start(taken)
        }
        context.changes.notify()
    }

    /// Stops a job. Returns once it is stored as `stopped`; does nothing if it has ended.
    /// - Throws: `Refusal.unknownMedia`; `Refusal.overloaded` if the job does not end within 5 s; `StoreProblem`.
    func stop(_ media: String, key: String) async throws {
        guard try await job(media, key: key).status == .ongoing else { return }
        // It may wait for somebody to go on with it.
        if running[media] == nil, try await context.store.stopWaiting(media) { return context.changes.notify() }
        do {
            try await Deadline(limit: Self.stopDeadline, clock: context.clock).run { _ in
                if let job = await self.running[media] {
                    job.stop.stop()
                    await job.task.value
                } else {
                    try await self.stopElsewhere(media)
                }
            }
        } catch Refusal.tooSlow {
            // The job ends later, once the state can be written.
            throw Refusal.overloaded
        }
    }

    private static let stopDeadline = Duration.seconds(5)
    private static let stopInterval = Duration.milliseconds(250)

    /// Asks the process that has a job to stop it, and waits until it has.
    private func stopElsewhere(_ media: String) async throws {
        while try await context.store.askToStop(media) { try await context.clock.sleep(Self.stopInterval) }
    }

    /// The newest jobs of a key.
    /// - Throws: `StoreProblem`, or `DecodingError` for a damaged order.
    func snapshots(key: String, limit: Int) async throws -> [JobSnapshot] {
        var filter = Store.JobFilter()
        (filter.key, filter.limit) = (key, limit)
        return try await context.store.jobs(filter).map { try snapshot($0) }
    }

    /// A job of a key and its results so far.
    /// - Throws: `Refusal.unknownMedia`, `StoreProblem`, or `DecodingError` for a damaged order.
    func snapshot(_ media: String, key: String) async throws -> (job: JobSnapshot, result: ModerationResult) {
        var filter = Store.JobFilter()
        (filter.media, filter.key) = (media, key)
        guard let listed = try await context.store.jobs(filter).first else { throw Refusal.unknownMedia }
        let snapshot = try snapshot(listed)
        let frames = try await context.store.frames(ofJob: media)
        return (snapshot, snapshot.result(frames, request(of: snapshot.order), judge: context.judge.identity))
    }

    private func snapshot(_ listed: Store.ListedJob) throws -> JobSnapshot {
        let job = listed.job
        return JobSnapshot(listed: listed, order: try JobOrder(of: job), state: running[job.media]?.run.streamState)
    }

    /// A job's progress as Sightengine reports it.
    /// - Throws: `Refusal.unknownMedia`, `StoreProblem`, or `DecodingError` for a damaged order.
    func progress(_ media: String, key: String) async throws -> SightengineProgress {
        let job = try await job(media, key: key)
        let order = try JobOrder(of: job)
        return CallbackTracker(
            job, order, request(of: order), frames: try await context.store.frames(ofJob: media)
        ).progress(of: job)
    }

    /// The progress of a key's ongoing jobs, without frames.
    /// - Throws: `StoreProblem`, or `DecodingError` for a damaged order.
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

    // MARK: Ending

    /// Writes what running jobs have judged, also where nothing more comes.
    func write() async {
        for job in Array(running.values) { await job.run.writeIfDue(job.stop) }
    }

    /// Stops the jobs that somebody asked to stop, although they have nothing to write.
    /// - Throws: `StoreProblem`.
    func stopAsked() async throws {
        guard !running.isEmpty else { return }
        for media in try await context.store.stoppingJobs() { running[media]?.stop.stop() }
    }

    /// Ends the running jobs without changing what is stored, so that another process goes on with them: streams at once,
    /// videos after `grace`, or earlier if they are done.
    func end(grace: Duration = .zero) async {
        isEnding = true
        await leave(running.values.filter(\.isLive))
        let rest = running.values.map(\.task)
        if grace > .zero {
            try? await Deadline(limit: grace, clock: context.clock).run { _ in
                for task in rest { await task.value }
            }
        }
        await leave(Array(running.values))
    }

    private func leave(_ jobs: [Running]) async {
        for job in jobs { job.task.cancel() }
        for job in jobs {
            await job.task.value
            await job.run.leave()
        }
        guard !jobs.isEmpty else { return }
        do {
            try await context.store.giveBack(jobs.map(\.claim))
            context.metrics.countHandovers(jobs.count)
        } catch {
            context.logger.warning("jobs not given back", metadata: ["error": "\(error)"])
        }
    }

    /// Ends the running jobs of a process whose lease has ended, without writing anything.
    func abandon() async {
        let jobs = Array(running.values)
        for job in jobs { job.task.cancel() }
        for job in jobs { await job.task.value }
    }
}
