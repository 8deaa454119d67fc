import Callbacks
import Logging
import ServiceLifecycle

/// Jobs and callbacks for as long as the server runs: goes on with what was left, and leaves what is not done.
struct JobService: Service {
    let jobs: VideoJobs
    let courier: CallbackCourier
    let uploads: UploadSlots
    let logger: Logger

    /// Jobs of a process that was killed, and those that found no room, wait this long at most.
    private static let pace = Duration.seconds(10)

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
                try await Task.sleep(for: Self.pace)
            }
        }
        try? await gracefulShutdown()
        adoption.cancel()
        await jobs.end()
        delivery.cancel()
    }

    /// Files of jobs that were refused, or are over, and whose process ended before it could remove them.
    private func removeOrphans() async {
        do {
            try await uploads.removeOrphans(besides: jobs.files())
        } catch {
            logger.error("uploads not looked through", metadata: ["error": "\(error)"])
        }
    }
}
