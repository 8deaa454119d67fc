import Foundation
import GRDB
import Moderation

/// A video submitted for later, as it is kept.
public struct StoredJob: Hashable, Sendable {
    public enum Status: String, Hashable, Sendable {
        case ongoing, finished, stopped, failure
    }

    /// The medium's id.
    public var media: String
    /// Name of the key it was submitted with.
    public var key: String
    public var status: Status
    /// Unix seconds.
    public var started, updated: Double
    /// What was ordered, in whatever form the server keeps it.
    public var order: Data
    /// Frames so far, those that are not kept any more included.
    public var frames: Int
    public var progress: JobProgress
    /// Why it failed.
    public var problem: String?
    /// Why not all of the input was seen, one sentence; `nil`: it was, as far as the job came.
    public var missed: String?
    /// How often a process began, or went on with it.
    public var starts: Int

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

    /// KO as soon as the policy makes it one; OK only once it is over, all of the input was seen, and every picture judged.
    /// `nil`: not yet.
    public var decision: Decision? {
        guard status != .ongoing || progress.isRejected else { return nil }
        return progress.tally.decision(
            isRejected: progress.isRejected, isComplete: status == .finished && missed == nil)
    }
}

/// What came of a job so far.
public struct JobProgress: Hashable, Sendable {
    /// Decisions on its frames, those that are not kept any more included.
    public var tally = Tally()
    /// The policy makes a KO of what was seen.
    public var isRejected = false
    /// `nil` until it is over.
    public var segments: [Segment]?

    public init(tally: Tally = Tally(), isRejected: Bool = false, segments: [Segment]? = nil) {
        (self.tally, self.isRejected, self.segments) = (tally, isRejected, segments)
    }
}

/// One judged position of a job.
public struct JobFrame: Hashable, Sendable {
    /// 1, 2 ….
    public var number: Int
    /// ms.
    public var position: Int
    /// `nil`: it could not be judged.
    public var judgement: Judgement?
    /// Number of its video stream among the input's streams; `nil` where nobody said.
    public var stream: Int?

    public init(number: Int, position: Int, judgement: Judgement?, stream: Int? = nil) {
        self.stream = stream
        self.number = number
        self.position = position
        self.judgement = judgement
    }
}

/// A callback that something new about a job makes due.
public struct NewCallback: Hashable, Sendable {
    public var id, url: String
    public var body: Data
    public var isGuarded: Bool

    public init(id: String, url: String, body: Data, isGuarded: Bool) {
        self.id = id
        self.url = url
        self.body = body
        self.isGuarded = isGuarded
    }
}

extension Store {
    /// Frames of one job that are kept: the newest.
    public static let mostJobFrames = 1000
    /// Finished jobs are kept this long, s.
    private static let jobAge = 7 * 86_400.0

    /// Keeps a new job, and forgets those that ended long ago. Is on disk when it returns.
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

    /// Notes what happened to a job: new frames, a new status, and the callbacks they make due, all or nothing.
    /// - Parameters:
    ///   - progress: With the new frames; `nil`: as it was.
    ///   - missed: Why something of the input was not seen; `nil`: nothing new was missed. The first reason stays.
    /// - Returns: How many of the callbacks were not noted, because too many wait for their receiver.
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
                    arguments: [media, last - Self.mostJobFrames])
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

    public func job(_ media: String) async throws -> StoredJob? {
        try await database.read { database in
            try Row.fetchOne(database, sql: "SELECT * FROM job WHERE media = ?", arguments: [media]).map(Self.job)
        }
    }

    /// Jobs that are not over.
    /// - Parameters:
    ///   - owner: Only this process's. - key: Only those submitted with this key.
    public func ongoingJobs(owner: Ownership? = nil, key: String? = nil) async throws -> [StoredJob] {
        try await database.read { database in
            try Row.fetchAll(
                database,
                sql: """
                    SELECT * FROM job WHERE status = 'ongoing' AND (?1 IS NULL OR owner = ?1) AND (?2 IS NULL OR key = ?2)
                    ORDER BY started
                    """, arguments: [owner?.name, key]
            ).map(Self.job)
        }
    }

    /// The newest jobs of a key, whatever became of them.
    public func recentJobs(key: String, limit: Int) async throws -> [StoredJob] {
        try await database.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM job WHERE key = ? ORDER BY started DESC, media LIMIT ?",
                arguments: [key, limit]
            ).map(Self.job)
        }
    }

    /// The frames of a job that are kept, in order.
    public func frames(ofJob media: String) async throws -> [JobFrame] {
        let rows = try await database.read { database in
            try Row.fetchAll(
                database, sql: "SELECT * FROM job_frame WHERE media = ? ORDER BY number", arguments: [media]
            ).map { ($0["number"] as Int, $0["position"] as Int, $0["judgement"] as Data?, $0["stream"] as Int?) }
        }
        return rows.map { number, position, judgement, stream in
            let kept = judgement.flatMap { try? JSONDecoder().decode(KeptJudgement.self, from: $0) }
            return JobFrame(number: number, position: position, judgement: kept?.judgement, stream: stream)
        }
    }

    /// A process begins a job, or goes on with it.
    /// - Returns: How often that has happened, this time included.
    public func begin(_ media: String) async throws -> Int {
        try await database.write { database in
            try database.execute(sql: "UPDATE job SET starts = starts + 1 WHERE media = ?", arguments: [media])
            return try Int.fetchOne(database, sql: "SELECT starts FROM job WHERE media = ?", arguments: [media]) ?? 1
        }
    }

    /// Takes over the jobs of processes that are gone.
    public func adoptJobs(for owner: Ownership) async throws { try await adopt("job", for: owner) }

    private static func job(_ row: Row) -> StoredJob {
        var job = StoredJob(media: row["media"], key: row["key"], started: row["started"], order: row["order"])
        job.status = StoredJob.Status(rawValue: row["status"]) ?? .failure
        job.progress.tally = Tally(ok: row["ok"], ko: row["ko"], undetermined: row["undetermined"])
        job.progress.isRejected = row["rejected"]
        job.progress.segments = (row["segments"] as Data?).flatMap {
            try? JSONDecoder().decode([Segment].self, from: $0)
        }
        (job.updated, job.frames, job.problem) = (row["updated"], row["frames"], row["problem"])
        (job.missed, job.starts) = (row["missed"], row["starts"])
        return job
    }
}
