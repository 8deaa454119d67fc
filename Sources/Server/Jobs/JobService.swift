import Callbacks
import Logging
import ServiceLifecycle

/// Runs jobs and callbacks while the server runs. Those that are not done when it stops stay in the store.
struct JobService: Service {
    let jobs: VideoJobs
    let courier: CallbackCourier
    let uploads: UploadSlots
    let logger: Logger

    /// How often to look for jobs to resume: those of killed processes, and those beyond the limit.
    private static let resumeInterval = Duration.seconds(10)

    func run() async throws {
        let delivery = Task { try await courier.run() }
        let adoption = Task {
            await removeOrphans()
            while !Task.isCancelled {
                do {
                    try await jobs.resume()
                } catch {
                    logger.error("jobs not resumed", metadata: ["error": "\(error)"])
                }
                try await Task.sleep(for: Self.resumeInterval)
            }
        }
        try? await gracefulShutdown()
        adoption.cancel()
        await jobs.end()
        delivery.cancel()
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
