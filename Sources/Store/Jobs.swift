import Foundation
import Moderation

/// Submitted jobs: stored, looked up, stopped. `JobClaims` has who works on them.
extension Store {
    /// How many frames of a job are kept: the newest 1000.
    public static let maxJobFrames = 1000
    /// How long jobs are kept after they end, in seconds.
    private static let jobAge = 7 * 86_400.0

    /// Stores a new job, for any process to take, and deletes those that ended more than 7 days before it. It is on disk
    /// when this returns.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ job: StoredJob) async throws {
        try await database.write { [self] database in
            try database.run(
                "DELETE FROM job WHERE status <> 'ongoing' AND updated < ?", job.started - Self.jobAge)
            try database.run(
                """
                INSERT INTO job (media, owner, key, status, started, updated, "order", frames, live, place, reference)
                VALUES (?, '', ?, ?, ?, ?, ?, 0, ?, ?, ?)
                """, job.media, job.key, job.status.rawValue, job.started, job.updated, job.order, job.isLive,
                job.place,
                job.reference)
            try hint(database)
        }
    }

    /// The job of a medium, if there is one.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func job(_ media: String) async throws -> StoredJob? {
        try await database.read { try $0.row("SELECT * FROM job WHERE media = ?", media).map(StoredJob.init) }
    }

    /// Jobs that have not ended, the oldest first.
    /// - Parameter key: Only jobs submitted with this API key; `nil` for any.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func ongoingJobs(key: String? = nil) async throws -> [StoredJob] {
        try await database.read { database in
            let ofKey = key == nil ? "" : " AND key = ?"
            return try database.rows(
                "SELECT * FROM job WHERE status = 'ongoing'\(ofKey) ORDER BY started", [key].compactMap { $0?.sqlValue }
            ).map(StoredJob.init)
        }
    }

    /// The frames of a job that are kept, in order.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func frames(ofJob media: String) async throws -> [JobFrame] {
        try await database.read { database in
            try database.rows("SELECT * FROM job_frame WHERE media = ? ORDER BY number", media).map(JobFrame.init)
        }
    }

    /// How many jobs wait for a process, and since when the oldest does, in Unix seconds.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func waitingJobs() async throws -> (count: Int, oldest: Double?) {
        try await database.read { database in
            let row = try database.row(
                "SELECT count(*) AS jobs, min(started) AS oldest FROM job WHERE status = 'ongoing' AND owner = ''")
            return (try row?.value("jobs") ?? 0, try row?.optional("oldest"))
        }
    }

    /// The media of this process's jobs whose end somebody asked for.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func stoppingJobs() async throws -> [String] {
        try await database.read { [owner] database in
            try database.rows(
                "SELECT media FROM job WHERE status = 'ongoing' AND owner = ? AND stopping", owner.name
            ).map { try $0.value("media") }
        }
    }

    /// Asks whoever has a job to stop it, which `note` tells them.
    /// - Returns: Whether the job is ongoing.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func askToStop(_ media: String) async throws -> Bool {
        try await database.execute(
            "UPDATE job SET stopping = TRUE WHERE media = ? AND status = 'ongoing'", media) > 0
    }
}
