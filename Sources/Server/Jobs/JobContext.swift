import Callbacks
import Logging
import Moderation
import Runtime
import Store

/// What all jobs share.
struct JobContext: Sendable {
    let judge: any ImageJudge
    let options: ServerOptions
    let store: Store
    let courier: CallbackCourier
    let metrics: Metrics
    let logger: Logger
    let clock: TimeSource
    /// Notified whenever a stored job changes.
    let changes: JobChanges
    /// Notified whenever this process has found cases for the review queue, or somebody decided on one here.
    let caseChanges: JobChanges
}
