import Callbacks
import Logging
import ServiceLifecycle

/// Jobs and callbacks for as long as the server runs: goes on with what was left, and leaves what is not done.
struct JobService: Service {
    let jobs: VideoJobs
    let courier: CallbackCourier
    let logger: Logger

    func run() async throws {
        let delivery = Task { try await courier.run() }
        do {
            try await jobs.resume()
        } catch {
            logger.error("jobs not resumed", metadata: ["error": "\(error)"])
        }
        try? await gracefulShutdown()
        await jobs.end()
        delivery.cancel()
    }
}
