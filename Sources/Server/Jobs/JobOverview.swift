import Foundation
import FrameSampling
import Moderation
import Store

/// A job as an operator sees it: whose it is, how far it is, and who has it. Without the user, password and query of its
/// address.
public struct JobOverview: Encodable, Hashable, Sendable {
    public enum Kind: String, Encodable, Sendable { case video, stream }

    /// The id that its submission was answered with.
    public let id: String
    /// `ongoing`, `finished`, `stopped` or `failure`.
    public let status: String
    public let kind: Kind
    /// The name of the API key that it was submitted with.
    public let key: String
    /// The address, without what may be secret, or the name of the uploaded file.
    public let input: String
    /// Pictures judged so far, and what the policy made of them.
    public let pictures, ok, ko, undetermined: Int
    /// Why it failed, and why part of the input was not seen.
    public let problem, missed: String?
    /// When it was submitted and last changed, in Unix seconds.
    public let submitted, updated: Double
    /// Who has it: `HOST/PID`, or `here` in a store that one machine has. `nil` if nobody has.
    public let worker: String?
    /// When a process took it last, in Unix seconds; `nil` if none did.
    public let taken: Double?
    /// How long that process may still go on without renewing its lease, in seconds, 0 once it may not; `nil` if nobody has
    /// the job, and in a store that one machine has.
    public let leaseLeft: Double?
    /// How often a process began it and did not get further, and how often one took it at all.
    public let attempts, epoch: Int
    /// Callbacks that are still to be delivered.
    public let callbacksOwed: Int
    /// Whether everybody who has the store can read its input, also once it has ended.
    let isAddress: Bool

    enum CodingKeys: String, CodingKey {
        case id, status, kind, key, input, pictures, ok, ko, undetermined, problem, missed, submitted, updated, worker,
            taken, attempts, epoch
        case leaseLeft = "lease_left"
        case callbacksOwed = "callbacks_owed"
    }

    /// - Throws: `DecodingError` for a damaged order.
    init(_ listed: Store.ListedJob) throws {
        let (job, order) = (listed.job, try JobOrder(of: listed.job))
        (id, status, key) = (job.media, job.status.rawValue, job.key)
        kind = job.isLive ? .stream : .video
        input = VideoInput.address(order.uri).name
        let tally = job.progress.tally
        (pictures, ok, ko, undetermined) = (job.frames, tally.ok, tally.ko, tally.undetermined)
        (problem, missed, submitted, updated) = (job.problem, job.missed, job.started, job.updated)
        worker = listed.worker
        leaseLeft = worker == nil ? nil : listed.leaseLeft.map { max(0, $0) }
        (taken, attempts, epoch, callbacksOwed) = (listed.taken, job.starts, listed.epoch, listed.callbacks)
        if case .address = order.source { isAddress = true } else { isAddress = false }
    }
}

extension Store.ListedJob {
    /// Who has it: `HOST/PID`, or `here` in a store that one machine has. `nil` if nobody has.
    var worker: String? {
        guard job.status == .ongoing, !job.owner.isEmpty else { return nil }
        return host.map { "\($0)/\(pid ?? 0)" } ?? "here"
    }
}

/// What an operator does about jobs, whichever process has them.
public struct JobControl: Sendable {
    /// Why something cannot be done. Its description is a sentence for people.
    public enum Problem: Error, Hashable, CustomStringConvertible {
        case unknown(String)
        /// It ended otherwise than by a failure, or goes on.
        case notFailed(String, status: String)
        /// What was uploaded went when the job ended.
        case uploadGone(String)
        /// Whoever has it did not end it in time. It was told to.
        case stillRunning(String, worker: String)

        public var description: String {
            switch self {
            case .unknown(let id): "There is no job \(id)."
            case .notFailed(let id, let status): "\(id) is \(status); only a job that failed can be tried again."
            case .uploadGone(let id): "\(id) was an upload, which was removed when the job ended; submit it again."
            case .stillRunning(let id, let worker):
                "\(id) was told to stop, but \(worker) has not ended it yet; see `framesift jobs show \(id)`."
            }
        }
    }

    private let store: Store
    /// How long to wait for whoever has a job to end it, and how often to look.
    private static let patience = Duration.seconds(15), interval = Duration.milliseconds(250)

    public init(_ store: Store) { self.store = store }

    /// The newest jobs that a filter lets through, the newest first.
    /// - Throws: `StoreProblem`, or `DecodingError` for a damaged order.
    public func list(_ filter: Store.JobFilter) async throws -> [JobOverview] {
        try await store.jobs(filter).map(JobOverview.init)
    }

    /// A job.
    /// - Throws: `Problem.unknown`, `StoreProblem`, or `DecodingError` for a damaged order.
    public func show(_ id: String) async throws -> JobOverview {
        var filter = Store.JobFilter()
        filter.media = id
        guard let job = try await list(filter).first else { throw Problem.unknown(id) }
        return job
    }

    /// Stops a job, and waits up to 15 s until it has ended. What was judged stays. One that has ended is left as it is.
    /// - Throws: `Problem`, `StoreProblem`, `CancellationError`.
    public func stop(_ id: String) async throws {
        _ = try await show(id)
        try await store.releaseAbandonedJobs()
        if try await store.stopWaiting(id) { return }
        let deadline = ContinuousClock.now + Self.patience
        while try await store.askToStop(id) {
            guard ContinuousClock.now < deadline else {
                throw Problem.stillRunning(id, worker: try await show(id).worker ?? "nobody")
            }
            try await Task.sleep(for: Self.interval)
        }
    }

    /// Lets a job that failed wait for a process again. What was judged stays.
    /// - Throws: `Problem`, `StoreProblem`.
    public func retry(_ id: String) async throws {
        let job = try await show(id)
        guard job.status == StoredJob.Status.failure.rawValue else {
            throw Problem.notFailed(id, status: job.status)
        }
        guard job.isAddress else { throw Problem.uploadGone(id) }
        guard try await store.retry(id) else { throw Problem.notFailed(id, status: try await show(id).status) }
    }

    /// The processes that share the store, besides this one; none in a store that one machine has.
    /// - Throws: `StoreProblem`.
    public func workers() async throws -> [Store.Worker] { try await store.otherWorkers() }
}
