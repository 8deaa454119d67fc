import Foundation
import Moderation

/// The right to write about a job. It begins when a process takes the job, and ends with the process's lease, or when
/// another process takes the job.
public struct JobClaim: Hashable, Sendable {
    /// The job's medium.
    public let media: String
    /// The process that took it.
    let owner: String
    /// Counts how often the job was taken.
    let epoch: Int
}

/// What a process writes about a job that it has.
public struct JobNote: Sendable {
    /// The new frames, by ascending number.
    public var frames: [JobFrame] = []
    /// With the new frames; `nil` leaves it as it is.
    public var progress: JobProgress?
    /// Whether the job goes on and, if not, how it ended.
    public var status: StoredJob.Status
    /// Why it failed.
    public var problem: String?
    /// Why part of the input was not seen; `nil` if nothing new was missed. Only the first reason is kept.
    public var missed: String?
    /// What to deliver.
    public var callbacks: [NewCallback] = []
    /// The medium's cases that are new or have changed, and pictures for them. `medium` says whose they are.
    public var cases: [NewCase] = []
    public var pictures: [EvidencePicture] = []
    public var medium: CaseMedium?
    /// Deletes the medium's pictures that are farther than this from every case, in ms; `nil` for none.
    public var pictureMargin: Int?
    /// Units to take from the key's quota for each frame that is new; `nil` for none.
    public var charge: (unitsPerFrame: Int, quota: Int)?

    /// Creates a note about a status, without anything else.
    public init(_ status: StoredJob.Status) { self.status = status }
}

/// Who works on which job.
extension Store {
    /// A job that this process has now.
    public struct TakenJob: Sendable {
        /// As it is stored, with this start counted.
        public let job: StoredJob
        /// Whether a process had it before.
        public var isResumed: Bool { claim.epoch > 1 }
        /// What `note` and `giveBack` need.
        public let claim: JobClaim
    }

    /// Takes the job that has waited longest of the API key with the fewest jobs in work.
    /// - Parameters:
    ///   - live: Whether to take a live stream (true) or something else (false); `nil` for either.
    ///   - other: A place of jobs that this process can read, besides its folder. Default none.
    /// - Returns: `nil` if none that is due waits that this process can read.
    /// - Throws: `StoreProblem`.
    public func takeJob(live: Bool?, besides other: String = "") async throws -> TakenJob? {
        let kind = live.map { $0 ? " AND waiting.live" : " AND NOT waiting.live" } ?? ""
        let lock = isShared ? " FOR UPDATE OF waiting SKIP LOCKED" : ""
        return try await take(
            """
            media = (SELECT waiting.media FROM job AS waiting LEFT JOIN
                (SELECT key, count(*) AS jobs FROM job WHERE status = 'ongoing' AND owner <> '' GROUP BY key) AS busy
                ON busy.key = waiting.key
                WHERE waiting.status = 'ongoing' AND waiting.owner = ''\(kind) AND waiting.place IN ('', ?2, ?3)
                    AND waiting.due <= \(time)
                ORDER BY coalesce(busy.jobs, 0), waiting.started, waiting.media LIMIT 1\(lock))
            """, [other.sqlValue])
    }

    /// Takes a job unless another process has it, or it has ended.
    /// - Parameter other: As above.
    /// - Returns: `nil` then.
    /// - Throws: `StoreProblem`.
    public func takeJob(_ media: String, besides other: String = "") async throws -> TakenJob? {
        try await take(
            "media = ?4 AND status = 'ongoing' AND owner = '' AND place IN ('', ?2, ?3)",
            [other.sqlValue, media.sqlValue])
    }

    /// - Parameters:
    ///   - condition: With the process's name and place as `?1` and `?2`.
    ///   - values: From `?3` on.
    private func take(_ condition: String, _ values: [SQLValue]) async throws -> TakenJob? {
        let owner = owner.name
        let row = try await database.change(
            """
            UPDATE job SET owner = ?1, epoch = epoch + 1, starts = starts + 1, taken = \(time)
            WHERE \(condition)\(leaseCondition("?1")) RETURNING *
            """, [owner.sqlValue, place.sqlValue] + values
        ).first
        return try row.map { row in
            let job = try StoredJob(row)
            return TakenJob(job: job, claim: JobClaim(media: job.media, owner: owner, epoch: try row.value("epoch")))
        }
    }

    /// Gives jobs back, for other processes to go on with.
    /// - Throws: `StoreProblem`.
    public func giveBack(_ claims: [JobClaim]) async throws {
        try await database.write { [self] database in
            for claim in claims {
                try database.run(
                    """
                    UPDATE job SET owner = '', starts = CASE WHEN starts > 0 THEN starts - 1 ELSE 0 END
                    WHERE media = ? AND owner = ? AND epoch = ? AND status = 'ongoing'
                    """, claim.media, claim.owner, claim.epoch)
            }
            try hint(database)
        }
    }

    /// Lets go of jobs of processes that no longer run, for others to take.
    /// - Returns: How many.
    /// - Throws: `StoreProblem`.
    @discardableResult public func releaseAbandonedJobs() async throws -> Int {
        let count = try await handOver("job", to: "", where: "status = 'ongoing'")
        if count > 0 { try await database.write { [self] in try hint($0) } }
        return count
    }

    /// Stores what a process has to say about a job that it has, all or nothing. What was stored already, by a call whose
    /// end was not heard of, is not stored again.
    /// - Parameter now: Unix seconds.
    /// - Returns: How many of the callbacks were not stored because too many wait for their receiver, and whether
    ///   somebody asked for the job's end.
    /// - Throws: `ClaimLost`, `QuotaSpent`, `StoreProblem`.
    @discardableResult
    public func note(
        _ note: JobNote, by claim: JobClaim, now: Double
    ) async throws -> (dropped: Int, isStopping: Bool) {
        let segments = try note.progress?.segments.map { try JSONEncoder().encode($0) }
        let frames = try note.frames.map { ($0, try $0.judgement.map { try JSONEncoder().encode(KeptJudgement($0)) }) }
        return try await database.write { [lease = leaseCondition("owner")] database in
            let row = try database.row(
                """
                SELECT status, frames, key, stopping FROM job
                WHERE media = ?1 AND (owner = ?2 AND epoch = ?3\(lease) OR ?4)\(database.forUpdate)
                """, claim.media, claim.owner, claim.epoch, !Self.isFenced)
            guard let row else { throw ClaimLost(media: claim.media) }
            let (status, known): (String, Int) = (try row.value("status"), try row.value("frames"))
            let isStopping: Bool = try row.value("stopping")
            guard status == StoredJob.Status.ongoing.rawValue else { return (0, isStopping) }
            let count = max(0, (note.frames.last?.number ?? known) - known)
            if count == 0, !note.frames.isEmpty, note.status == .ongoing { return (0, isStopping) }
            if let charge = note.charge, count > 0 {
                let units = count * charge.unitsPerFrame
                guard try Self.take(units, key: row.value("key"), quota: charge.quota, database) else {
                    throw QuotaSpent()
                }
            }
            try Self.insert(frames.filter { $0.0.number > known }, of: claim.media, database)
            try Self.update(note, segments, claim, now, database)
            if let medium = note.medium { try Self.insert(note.cases, of: medium, now, into: database) }
            try Self.insert(note.pictures, of: claim.media, now, into: database)
            if let margin = note.pictureMargin { try Self.keepPictures(of: claim.media, within: margin, database) }
            let dropped = try note.callbacks.count {
                try !Self.insert($0, claim.media, claim.owner, now, into: database)
            }
            return (dropped, isStopping)
        }
    }

    private static func insert(
        _ frames: [(JobFrame, Data?)], of media: String, _ database: any SQLConnection
    ) throws {
        guard let last = frames.last?.0.number else { return }
        let kept = frames.suffix(maxJobFrames)
        for start in stride(from: kept.startIndex, to: kept.endIndex, by: 100) {
            let some = kept[start..<min(start + 100, kept.endIndex)]
            let values = some.flatMap { frame, judgement -> [SQLValue] in
                [
                    media.sqlValue, frame.number.sqlValue, frame.position.sqlValue, judgement?.sqlValue ?? .null,
                    frame.stream?.sqlValue ?? .null,
                ]
            }
            let places = Array(repeating: "(?, ?, ?, ?, ?)", count: some.count).joined(separator: ", ")
            try database.run(
                "INSERT INTO job_frame (media, number, position, judgement, stream) VALUES \(places)", values)
        }
        try database.run("DELETE FROM job_frame WHERE media = ? AND number <= ?", media, last - maxJobFrames)
    }

    private static func update(
        _ note: JobNote, _ segments: Data?, _ claim: JobClaim, _ now: Double, _ database: any SQLConnection
    ) throws {
        let tally = note.progress?.tally
        try database.run(
            """
            UPDATE job SET status = ?1, problem = ?2, updated = ?3, frames = coalesce(?4, frames), ok = coalesce(?5, ok),
                ko = coalesce(?6, ko), undetermined = coalesce(?7, undetermined), rejected = coalesce(?8, rejected),
                segments = ?9, missed = coalesce(missed, ?10),
                starts = CASE WHEN ?4 IS NULL THEN starts ELSE 1 END,
                postponed = CASE WHEN ?4 IS NULL THEN postponed ELSE 0 END WHERE media = ?11
            """, note.status.rawValue, note.problem, now, note.frames.last?.number, tally?.ok, tally?.ko,
            tally?.undetermined, note.progress?.isRejected, segments, note.missed, claim.media)
    }
}
