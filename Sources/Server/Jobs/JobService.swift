import Base
import Callbacks
import Logging
import Runtime
import ServiceLifecycle
import Store

/// Runs jobs and callbacks while the server runs. Those that are not done when it stops stay in the store.
struct JobService: Service {
    let jobs: VideoJobs
    let courier: CallbackCourier
    let uploads: UploadSlots
    let logger: Logger

    let store: Store
    let metrics: Metrics
    let grace: Duration
    let review: ReviewOptions?
    let clock: TimeSource

    /// How often to look for jobs that wait. Where nobody else submits any, this is for those of killed processes.
    private static let (sharedInterval, ownInterval) = (Duration.seconds(1), Duration.seconds(10))
    /// How often to look for what was kept long enough.
    private static let pruneInterval = Duration.seconds(60)
    /// How often to look for what belongs to processes that have ended.
    private static let adoptionInterval = Duration.seconds(4)

    func run() async throws {
        let delivery = Task { try await courier.run() }
        let lease = Task { try await store.keepLease(clock: clock) { await lost() } }
        let adoption = Task {
            await removeOrphans()
            try await takeJobs()
        }
        try? await gracefulShutdown()
        adoption.cancel()
        await jobs.end(grace: grace)
        delivery.cancel()
        try? await delivery.value
        lease.cancel()
        try? await store.endLease()
    }

    private func lost() async {
        logger.error("the lease has ended; jobs are left to others")
        metrics.countLostLease()
        await jobs.abandon()
    }

    private func takeJobs() async throws {
        let wakes = JobWakes()
        let interval = store.isShared ? Self.sharedInterval : Self.ownInterval
        let ticking = Task {
            while true {
                wakes.tick()
                try await clock.sleep(interval)
            }
        }
        let hearing = Task {
            guard jobs.works else { return }
            try await store.hearOfJobs(clock: clock) { hint in
                if hint == .listening { wakes.tick() } else { wakes.hear() }
            }
        }
        defer {
            ticking.cancel()
            hearing.cancel()
        }
        var (adopted, pruned): (Duration?, Duration?)
        for await _ in wakes.looks {
            var taken = 0
            do {
                if adopted.map({ clock.now() - $0 >= Self.adoptionInterval }) ?? true {
                    try await adopt(isFirst: adopted == nil)
                    adopted = clock.now()
                }
                if pruned.map({ clock.now() - $0 >= Self.pruneInterval }) ?? true {
                    try await prune()
                    pruned = clock.now()
                }
                taken = try await jobs.takeWaiting()
            } catch {
                logger.error("jobs not taken", metadata: ["error": "\(error)"])
            }
            wakes.looked(found: taken > 0)
        }
    }

    /// Takes over what belongs to processes that have ended, and does what others asked for.
    private func adopt(isFirst: Bool) async throws {
        try await jobs.releaseAbandoned()
        try await jobs.stopAsked()
        if store.isShared { await jobs.write() }
        if !isFirst { try await courier.adopt() }
        // Whoever has a hand in a shared database may have put one forward.
        if store.isShared { await courier.hurry() }
    }

    /// Deletes what was kept long enough for the review queue.
    private func prune() async throws {
        guard let review else { return }
        let pictures = try await store.pruneEvidence(bytes: review.maxBytes, seconds: review.pictureAge.inSeconds)
        let cases = try await store.pruneCases(seconds: review.caseAge.inSeconds)
        if pictures + cases > 0 {
            logger.info("review queue pruned", metadata: ["pictures": "\(pictures)", "cases": "\(cases)"])
        }
    }

    /// Removes files of ended jobs whose process was killed before it could.
    private func removeOrphans() async {
        do {
            await uploads.removeOrphans(besides: try await jobs.files())
        } catch {
            logger.error("uploads not cleaned up", metadata: ["error": "\(error)"])
        }
    }
}
