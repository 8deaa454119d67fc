import GRDB

/// The tables, built up by migrations in the SQL that both databases share. A released migration is never changed.
enum Schema {
    /// One step. Its number is its place in the list, from 1.
    struct Migration {
        let name: String
        let statements: [String]
    }

    static let migrations: [Migration] = [
        Migration(
            name: "server",
            statements: [
                """
                CREATE TABLE feedback (id {identity}, received DOUBLE PRECISION NOT NULL, key TEXT NOT NULL,
                    model TEXT NOT NULL, class TEXT NOT NULL, url TEXT, sha256 TEXT)
                """,
                """
                CREATE TABLE classification (sha1 TEXT PRIMARY KEY NOT NULL, class TEXT NOT NULL,
                    confidence DOUBLE PRECISION NOT NULL)
                """,
                "CREATE TABLE key_usage (key TEXT PRIMARY KEY NOT NULL, used BIGINT NOT NULL)",
                """
                CREATE TABLE free_calls (address TEXT PRIMARY KEY NOT NULL, used BIGINT NOT NULL,
                    last DOUBLE PRECISION NOT NULL)
                """,
            ]),
        Migration(
            name: "ledger",
            statements: [
                """
                CREATE TABLE judgement (picture TEXT NOT NULL, judge TEXT NOT NULL, tasks TEXT NOT NULL,
                    judgement BYTEA NOT NULL, operations BIGINT NOT NULL, kept DOUBLE PRECISION NOT NULL,
                    PRIMARY KEY (picture, judge, tasks))
                """
            ]),
        Migration(
            name: "callbacks and jobs",
            statements: [
                """
                CREATE TABLE callback (number {identity}, id TEXT NOT NULL, media TEXT NOT NULL, url TEXT NOT NULL,
                    body BYTEA NOT NULL, guarded BOOLEAN NOT NULL, owner TEXT NOT NULL, owed DOUBLE PRECISION NOT NULL,
                    attempts BIGINT NOT NULL, next DOUBLE PRECISION NOT NULL)
                """,
                "CREATE INDEX callback_media ON callback (media, url, number)",
                """
                CREATE TABLE job (media TEXT PRIMARY KEY NOT NULL, owner TEXT NOT NULL, key TEXT NOT NULL,
                    status TEXT NOT NULL, started DOUBLE PRECISION NOT NULL, updated DOUBLE PRECISION NOT NULL,
                    "order" BYTEA NOT NULL, frames BIGINT NOT NULL, problem TEXT)
                """,
                """
                CREATE TABLE job_frame (media TEXT NOT NULL REFERENCES job (media) ON DELETE CASCADE,
                    number BIGINT NOT NULL, position BIGINT NOT NULL, judgement BYTEA, PRIMARY KEY (media, number))
                """,
            ]),
        Migration(
            name: "tallies of jobs",
            statements: ["ok", "ko", "undetermined"].map {
                "ALTER TABLE job ADD COLUMN \($0) BIGINT NOT NULL DEFAULT 0"
            }),
        Migration(
            name: "jobs: streams, what was missed, starts",
            statements: [
                // Why part of the input was not seen; NULL if nothing was missed so far.
                "ALTER TABLE job ADD COLUMN missed TEXT",
                "ALTER TABLE job ADD COLUMN starts BIGINT NOT NULL DEFAULT 0",
                "ALTER TABLE job_frame ADD COLUMN stream BIGINT",
            ]),
        Migration(
            name: "health",
            statements: [
                "CREATE TABLE health (checks BIGINT NOT NULL)",
                "INSERT INTO health (checks) VALUES (0)",
            ]),
        Migration(
            name: "claims on judgements",
            statements: [
                """
                CREATE TABLE claim (picture TEXT NOT NULL, judge TEXT NOT NULL, tasks TEXT NOT NULL, owner TEXT NOT NULL,
                    PRIMARY KEY (picture, judge, tasks))
                """
            ]),
        Migration(
            name: "decisions of jobs",
            statements: [
                // Whether the policy's rule makes a KO of what was seen so far.
                "ALTER TABLE job ADD COLUMN rejected BOOLEAN NOT NULL DEFAULT FALSE",
                // JSON; NULL until the job is over.
                "ALTER TABLE job ADD COLUMN segments BYTEA",
                "UPDATE job SET rejected = ko > 0",
            ]),
        Migration(
            name: "fleets",
            statements: [
                // Counts how often a process took the job; what an earlier one would still write is refused.
                "ALTER TABLE job ADD COLUMN epoch BIGINT NOT NULL DEFAULT 0",
                // Where the job's file is; empty: anywhere.
                "ALTER TABLE job ADD COLUMN place TEXT NOT NULL DEFAULT ''",
                "ALTER TABLE job ADD COLUMN live BOOLEAN NOT NULL DEFAULT FALSE",
                // Whether somebody asked the process that has the job to end it.
                "ALTER TABLE job ADD COLUMN stopping BOOLEAN NOT NULL DEFAULT FALSE",
                "CREATE INDEX job_status ON job (status, owner, started)",
                "CREATE UNIQUE INDEX callback_id ON callback (id)",
                // The processes that share a server, each with the end of its lease in Unix seconds.
                """
                CREATE TABLE process (name TEXT PRIMARY KEY NOT NULL, host TEXT NOT NULL, pid BIGINT NOT NULL, started DOUBLE PRECISION NOT NULL,
                    lease DOUBLE PRECISION NOT NULL)
                """,
            ]),
        Migration(
            name: "logins",
            statements: [
                // Of the dashboard, by the digest of a browser's secret.
                """
                CREATE TABLE login (digest TEXT PRIMARY KEY NOT NULL, key TEXT NOT NULL, expires DOUBLE PRECISION NOT NULL)
                """
            ]),
        Migration(
            name: "jobs that are put off",
            statements: [
                // When others may take it, in Unix seconds, and how often it was put off since its last frame.
                "ALTER TABLE job ADD COLUMN due DOUBLE PRECISION NOT NULL DEFAULT 0",
                "ALTER TABLE job ADD COLUMN postponed BIGINT NOT NULL DEFAULT 0",
            ]),
        Migration(
            name: "since when a job is had",
            // When a process took it last, in Unix seconds; 0: none did.
            statements: ["ALTER TABLE job ADD COLUMN taken DOUBLE PRECISION NOT NULL DEFAULT 0"]),
    ]

    // MARK: SQLite

    /// GRDB notes which migrations were made, by their names.
    static func migrate(_ writer: any DatabaseWriter) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { database in
                for statement in migration.statements {
                    try database.execute(
                        sql: statement.replacing("{identity}", with: "INTEGER PRIMARY KEY AUTOINCREMENT"))
                }
            }
        }
        guard try !writer.read(migrator.hasBeenSuperseded) else { throw NewerSchema() }
        try migrator.migrate(writer)
    }

    // MARK: PostgreSQL

    /// A number of this program's own, so that one process at a time migrates.
    private static let lock = 7_240_912_001

    /// Brings the tables up to date, in one transaction.
    /// - Throws: `StoreProblem`, `NewerSchema`.
    static func migrate(_ database: PostgreSQLDatabase) throws {
        try database.transaction { connection in
            _ = try connection.rows("SELECT pg_advisory_xact_lock(?)", lock)
            // Whoever may not create tables can still use those that are up to date.
            let known: Bool? = try connection.value("SELECT to_regclass('migration') IS NOT NULL")
            if known != true {
                try connection.run("CREATE TABLE migration (number BIGINT PRIMARY KEY, name TEXT NOT NULL)")
            }
            let last: Int = try connection.value("SELECT max(number) FROM migration") ?? 0
            guard last <= migrations.count else { throw NewerSchema() }
            for (index, migration) in migrations.enumerated().dropFirst(last) {
                for statement in migration.statements {
                    try connection.run(
                        statement.replacing("{identity}", with: "BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY"))
                }
                try connection.run("INSERT INTO migration (number, name) VALUES (?, ?)", index + 1, migration.name)
            }
        }
    }
}

/// The tables were made by a newer version of this program.
struct NewerSchema: Error, CustomStringConvertible {
    var description: String { "it was written by a newer version of Framesift; use that one, or another store." }
}
