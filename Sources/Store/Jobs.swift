import Foundation
import GRDB
import Moderation

/// A video submitted to be judged in the background.
public struct StoredJob: Hashable, Sendable {
    /// Whether a job is still running and, if not, how it ended.
    public enum Status: String, Hashable, Sendable {
        case ongoing, finished, stopped, failure
    }

    /// The id of the medium.
    public var media: String
    /// The name of the API key it was submitted with.
    public var key: String
    /// Whether it is still running and, if not, how it ended.
    public var status: Status
    /// When it was submitted and last changed, in Unix seconds.
    public var started, updated: Double
    /// The request, in a form that only the server reads.
    public var order: Data
    /// Frames judged so far, including those no longer kept.
    public var frames: Int
    /// What the policy makes of these frames.
    public var progress: JobProgress
    /// Why the job failed.
    public var problem: String?
    /// Why part of the input was not seen, one sentence; `nil` if nothing was missed so far.
    public var missed: String?
    /// How often a process began the job or resumed it.
    public var starts: Int

    /// Creates an ongoing job without frames.
    /// - Parameters:
    ///   - started: Unix seconds.
    ///   - order: The request, in a form that only the server reads.
    public init(media: String, key: String, started: Double, order: Data) {
        self.media = media
        self.key = key
        status = .ongoing
        (self.started, updated) = (started, started)
        self.order = order
        frames = 0
        starts = 0
        progress = JobProgress()
    }

    /// KO as soon as the policy rejects what was seen. OK only once the job has finished, all of the input was seen, and every picture
    /// was judged. `nil` if undecided so far.
    public var decision: Decision? {
        guard status != .ongoing || progress.isRejected else { return nil }
        return progress.tally.decision(
            isRejected: progress.isRejected, isComplete: status == .finished && missed == nil)
    }
}

/// What the policy makes of a job's frames.
public struct JobProgress: Hashable, Sendable {
    /// The decisions on all frames so far, including those no longer kept.
    public var tally: Tally
    /// Whether the policy rejects what was seen.
    public var isRejected: Bool
    /// The segments that count; `nil` until the job is over.
    public var segments: [Segment]?

    /// See the properties of the same names.
    public init(tally: Tally = Tally(), isRejected: Bool = false, segments: [Segment]? = nil) {
        (self.tally, self.isRejected, self.segments) = (tally, isRejected, segments)
    }
}

/// One judged position of a job.
public struct JobFrame: Hashable, Sendable {
    /// Counts from 1.
    public var number: Int
    /// ms from the start of the video.
    public var position: Int
    /// `nil` if the frame could not be judged.
    public var judgement: Judgement?
    /// The index of its video stream among the streams of the input, if known.
    public var stream: Int?

    /// Creates a frame from its values.
    public init(number: Int, position: Int, judgement: Judgement?, stream: Int? = nil) {
        self.stream = stream
        self.number = number
        self.position = position
        self.judgement = judgement
    }
}

/// A callback to store together with the change of a job that it reports.
public struct NewCallback: Hashable, Sendable {
    /// The callback's id and the receiver's address.
    public var id, url: String
    /// The JSON to send.
    public var body: Data
    /// Whether only public addresses may be connected to.
    public var isGuarded: Bool

    /// Creates a callback from its values.
    public init(id: String, url: String, body: Data, isGuarded: Bool) {
        self.id = id
        self.url = url
        self.body = body
        self.isGuarded = isGuarded
    }
}

extension StoredJob: FetchableRecord {
    /// See `FetchableRecord`.
    public init(row: Row) {
        self.init(media: row["media"], key: row["key"], started: row["started"], order: row["order"])
        status = Status(rawValue: row["status"]) ?? .failure
        progress.tally = Tally(ok: row["ok"], ko: row["ko"], undetermined: row["undetermined"])
        progress.isRejected = row["rejected"]
        progress.segments = (row["segments"] as Data?).flatMap { try? JSONDecoder().decode([Segment].self, from: $0) }
        (updated, frames, problem) = (row["updated"], row["frames"], row["problem"])
        (missed, starts) = (row["missed"], row["starts"])
    }
}

extension JobFrame: FetchableRecord {
    /// See `FetchableRecord`.
    public init(row: Row) {
        let judgement = (row["judgement"] as Data?).flatMap(KeptJudgement.decode)
        self.init(number: row["number"], position: row["position"], judgement: judgement, stream: row["stream"])
    }
}

extension Store {
    /// How many frames of a job are kept: the newest 1000.
    public static let maxJobFrames = 1000
    /// How long jobs are kept after they end, in seconds.
    private static let jobAge = 7 * 86_400.0

    /// Stores a new job and deletes those that ended more than 7 days before it. It is on disk when this returns.
    /// - Parameter owner: The process that runs it.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ job: StoredJob, owner: Ownership) async throws {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM job WHERE status <> 'ongoing' AND updated < ?",
                arguments: [job.started - Self.jobAge])
            try database.execute(
                sql: """
                    INSERT INTO job (media, owner, key, status, started, updated, "order", frames)
                    VALUES (?, ?, ?, ?, ?, ?, ?, 0)
                    """,
                arguments: [
                    job.media, owner.name, job.key, job.status.rawValue, job.started, job.updated, job.order,
                ])
        }
    }

    /// Stores new frames of a job, its status and the callbacks that report them, all or nothing.
    /// - Parameters:
    ///   - progress: With the new frames; `nil` leaves it as it is.
    ///   - problem: Why the job failed.
    ///   - missed: Why part of the input was not seen; `nil` if nothing new was missed. Only the first reason is kept.
    ///   - media: The job's medium.
    ///   - callbacks: What to deliver.
    ///   - owner: The process that delivers the callbacks.
    ///   - now: Unix seconds.
    /// - Returns: How many of the callbacks were not stored because too many wait for their receiver.
    /// - Throws: `StoreProblem` if the database cannot be written.
    @discardableResult
    public func note(
        _ frames: [JobFrame], progress: JobProgress? = nil, status: StoredJob.Status, problem: String? = nil,
        missed: String? = nil, of media: String,
        owing callbacks: [NewCallback], owner: Ownership, now: Double
    ) async throws -> Int {
        let segments = try progress?.segments.map { try JSONEncoder().encode($0) }
        let rows = try frames.map { ($0, try $0.judgement.map { try JSONEncoder().encode(KeptJudgement($0)) }) }
        return try await database.write { database in
            for (frame, judgement) in rows {
                try database.execute(
                    sql: """
                        INSERT OR REPLACE INTO job_frame (media, number, position, judgement, stream)
                        VALUES (?, ?, ?, ?, ?)
                        """, arguments: [media, frame.number, frame.position, judgement, frame.stream])
            }
            let last = frames.last?.number
            if let last {
                try database.execute(
                    sql: "DELETE FROM job_frame WHERE media = ? AND number <= ?",
                    arguments: [media, last - Self.maxJobFrames])
            }
            try database.execute(
                sql: """
                    UPDATE job SET status = ?, problem = ?, updated = ?, frames = coalesce(?, frames), ok = coalesce(?, ok),
                    ko = coalesce(?, ko), undetermined = coalesce(?, undetermined), rejected = coalesce(?, rejected),
                    segments = ?, missed = coalesce(missed, ?),
                    starts = CASE WHEN ?4 IS NULL THEN starts ELSE 1 END WHERE media = ?
                    """,
                arguments: [
                    status.rawValue, problem, now, last, progress?.tally.ok, progress?.tally.ko,
                    progress?.tally.undetermined, progress?.isRejected, segments, missed, media,
                ])
            return try callbacks.count { try !Self.insert($0, media, owner, now, into: database) }
        }
    }

    /// The job of a medium, if there is one.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func job(_ media: String) async throws -> StoredJob? {
        try await database.read { database in
            try StoredJob.fetchOne(database, sql: "SELECT * FROM job WHERE media = ?", arguments: [media])
        }
    }

    /// Jobs that have not ended, the oldest first.
    /// - Parameters:
    ///   - owner: Only jobs of this process; `nil` for any.
    ///   - key: Only jobs submitted with this API key; `nil` for any.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func ongoingJobs(owner: Ownership? = nil, key: String? = nil) async throws -> [StoredJob] {
        try await database.read { database in
            try StoredJob.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE status = 'ongoing' AND (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR key = ?2)
                    ORDER BY started
                    """, arguments: [owner?.name, key])
        }
    }

    /// The newest jobs of an API key, whether or not they have ended.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func recentJobs(key: String, limit: Int) async throws -> [StoredJob] {
        try await database.read { database in
            try StoredJob.fetchAll(
                database, sql: "SELECT * FROM job WHERE key = ? ORDER BY started DESC, media LIMIT ?",
                arguments: [key, limit])
        }
    }

    /// The frames of a job that are kept, in order.
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func frames(ofJob media: String) async throws -> [JobFrame] {
        try await database.read { database in
            try JobFrame.fetchAll(
                database, sql: "SELECT * FROM job_frame WHERE media = ? ORDER BY number", arguments: [media])
        }
    }

    /// Notes that a process begins or resumes a job.
    /// - Returns: How often that has happened, including this time.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func begin(_ media: String) async throws -> Int {
        try await database.write { database in
            try database.execute(sql: "UPDATE job SET starts = starts + 1 WHERE media = ?", arguments: [media])
            return try Int.fetchOne(database, sql: "SELECT starts FROM job WHERE media = ?", arguments: [media]) ?? 1
        }
    }

    /// Takes over the jobs of processes that no longer run.
    /// - Throws: `DatabaseError` or `StoreProblem`.
    public func adoptJobs(for owner: Ownership) async throws { try await adopt("job", for: owner) }
}
