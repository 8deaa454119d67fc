import Foundation

/// What an operator sees of jobs and of who works on them, and does about them.
extension Store {
    /// A process that shares the store.
    public struct Worker: Hashable, Sendable {
        /// As `StoredJob.owner` names it.
        public let name: String
        /// The name of its machine.
        public let host: String
        public let pid: Int
        /// When it began, in Unix seconds.
        public let started: Double
        /// How long its lease lasts, in seconds.
        public let leaseLeft: Double
        /// How many jobs it has.
        public let jobs: Int
    }

    /// A job, and who has it.
    public struct ListedJob: Hashable, Sendable {
        public let job: StoredJob
        /// How often a process took it, and when one did last, in Unix seconds; `nil` if none did so far.
        public let epoch: Int
        public let taken: Double?
        /// The machine and the process that have it; `nil` while it waits, and in a store that one machine has.
        public let host: String?
        public let pid: Int?
        /// How long the lease of that process lasts, in seconds; not positive once it has ended, `nil` as `host`.
        public let leaseLeft: Double?
        /// How many callbacks about it are still to be delivered.
        public let callbacks: Int
    }

    /// Which jobs to list.
    public struct JobFilter: Hashable, Sendable {
        /// `nil` for any.
        public var media, key: String?
        /// `nil` for any.
        public var status: StoredJob.Status?
        /// The most to list, 1 or more. Default 100.
        public var limit = 100

        /// All jobs.
        public init() {}
    }

    /// The newest jobs that a filter lets through, of all API keys, the newest first.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func jobs(_ filter: JobFilter) async throws -> [ListedJob] {
        let wanted = [
            ("media", filter.media), ("key", filter.key), ("status", filter.status?.rawValue),
        ].compactMap { column, value in value.map { (column, $0) } }
        let conditions = wanted.map { " AND job.\($0.0) = ?" }.joined()
        return try await database.read { [time] database in
            try database.rows(
                """
                SELECT job.*, process.host, process.pid, process.lease - \(time) AS remaining,
                    (SELECT count(*) FROM callback WHERE callback.media = job.media) AS callbacks
                FROM job LEFT JOIN process ON process.name = job.owner WHERE 1 = 1\(conditions)
                ORDER BY job.started DESC, job.media LIMIT ?
                """, wanted.map(\.1.sqlValue) + [filter.limit.sqlValue]
            ).map(ListedJob.init)
        }
    }

    /// The processes whose lease lasts, besides this one; none in a store that one machine has.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func otherWorkers() async throws -> [Worker] {
        try await database.read { [time, owner] database in
            try database.rows(
                """
                SELECT process.*, lease - \(time) AS remaining,
                    (SELECT count(*) FROM job WHERE status = 'ongoing' AND owner = process.name) AS jobs
                FROM process WHERE lease > \(time) AND name <> ? ORDER BY host, pid, name
                """, owner.name
            ).map(Worker.init)
        }
    }

    /// Ends a job that nobody has at present.
    /// - Returns: Whether it was one.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func stopWaiting(_ media: String) async throws -> Bool {
        try await database.execute(
            """
            UPDATE job SET status = 'stopped', epoch = epoch + 1, updated = \(time)
            WHERE media = ? AND status = 'ongoing' AND owner = ''
            """, media) > 0
    }

    /// Lets a job that failed wait for a process again, which goes on after what was judged.
    /// - Returns: Whether it was one that failed.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func retry(_ media: String) async throws -> Bool {
        try await database.write { [self] database in
            let count = try database.run(
                """
                UPDATE job SET status = 'ongoing', owner = '', starts = 0, epoch = epoch + 1, problem = NULL,
                    segments = NULL, stopping = FALSE, due = 0, postponed = 0, updated = \(time)
                WHERE media = ? AND status = 'failure'
                """, media)
            if count > 0 { try hint(database) }
            return count > 0
        }
    }
}

extension Store.ListedJob {
    fileprivate init(_ row: SQLRow) throws {
        let taken: Double = try row.value("taken")
        self.init(
            job: try StoredJob(row), epoch: try row.value("epoch"), taken: taken > 0 ? taken : nil,
            host: try row.optional("host"), pid: try row.optional("pid"), leaseLeft: try row.optional("remaining"),
            callbacks: try row.value("callbacks"))
    }
}

extension Store.Worker {
    fileprivate init(_ row: SQLRow) throws {
        self.init(
            name: try row.value("name"), host: try row.value("host"), pid: try row.value("pid"),
            started: try row.value("started"), leaseLeft: try row.value("remaining"), jobs: try row.value("jobs"))
    }
}
