import GRDB

/// The tables, built up by migrations in the SQL that both databases share. A released migration is never changed.
enum Schema {
    /// One step. Its number is its place in the list, from 1.
    struct Migration {
        let name: String
        let statements: [String]
        /// What only one of the databases understands, after the statements of both.
        var sqlite: [String] = [], postgreSQL: [String] = []
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
        Migration(
            name: "review",
            statements: [
                // What people should look at. JSON: scores, present. Times in Unix seconds, positions in ms. Nobody holds it:
                // holder is empty.
                """
                CREATE TABLE review_case (id TEXT PRIMARY KEY NOT NULL, media TEXT NOT NULL, key TEXT NOT NULL,
                    uri TEXT NOT NULL, reference TEXT NOT NULL, live BOOLEAN NOT NULL, found BYTEA NOT NULL,
                    reason TEXT NOT NULL, category TEXT NOT NULL, probability DOUBLE PRECISION NOT NULL,
                    begins BIGINT NOT NULL, ends BIGINT NOT NULL, created DOUBLE PRECISION NOT NULL,
                    state TEXT NOT NULL, excluded TEXT NOT NULL DEFAULT '', holder TEXT NOT NULL DEFAULT '',
                    held DOUBLE PRECISION NOT NULL DEFAULT 0, skipped TEXT NOT NULL DEFAULT '', decided_by TEXT NOT NULL DEFAULT '',
                    decided DOUBLE PRECISION NOT NULL DEFAULT 0, present BYTEA)
                """,
                "CREATE INDEX review_case_worst ON review_case (state, probability DESC, id)",
                "CREATE INDEX review_case_oldest ON review_case (state, created, id)",
                "CREATE INDEX review_case_live ON review_case (state, live, created, id)",
                "CREATE INDEX review_case_decided ON review_case (state, decided)",
                "CREATE INDEX review_case_media ON review_case (media, begins)",
                "CREATE INDEX review_case_reference ON review_case (reference)",
                """
                CREATE TABLE review_step (number {identity}, case_id TEXT NOT NULL, media TEXT NOT NULL,
                    at DOUBLE PRECISION NOT NULL, actor TEXT NOT NULL, action TEXT NOT NULL, before TEXT NOT NULL,
                    after TEXT NOT NULL, note TEXT NOT NULL, digest TEXT NOT NULL)
                """,
                "CREATE INDEX review_step_case ON review_step (case_id, number)",
                "CREATE INDEX review_step_actor ON review_step (actor, number)",
                """
                CREATE TABLE evidence (media TEXT NOT NULL, stream BIGINT NOT NULL, position BIGINT NOT NULL,
                    kind TEXT NOT NULL, kept DOUBLE PRECISION NOT NULL, bytes BIGINT NOT NULL, picture BYTEA NOT NULL,
                    PRIMARY KEY (media, stream, position, kind))
                """,
                "CREATE INDEX evidence_age ON evidence (kept, bytes)",
                // The submitter's own id; empty: none.
                "ALTER TABLE job ADD COLUMN reference TEXT NOT NULL DEFAULT ''",
            ],
            sqlite: [
                """
                CREATE TRIGGER review_step_kept BEFORE UPDATE ON review_step
                BEGIN SELECT RAISE(ABORT, 'the audit trail is not edited'); END
                """,
                """
                CREATE TRIGGER review_step_whole BEFORE DELETE ON review_step
                WHEN EXISTS (SELECT 1 FROM review_case WHERE id = OLD.case_id)
                BEGIN SELECT RAISE(ABORT, 'the audit trail is not edited'); END
                """,
            ],
            postgreSQL: [
                """
                CREATE FUNCTION review_step_kept() RETURNS trigger LANGUAGE plpgsql AS $$
                BEGIN
                    IF TG_OP = 'UPDATE' OR EXISTS (SELECT 1 FROM review_case WHERE id = OLD.case_id) THEN
                        RAISE EXCEPTION 'the audit trail is not edited' USING ERRCODE = 'integrity_constraint_violation';
                    END IF;
                    RETURN OLD;
                END $$
                """,
                """
                CREATE TRIGGER review_step_kept BEFORE UPDATE OR DELETE ON review_step
                FOR EACH ROW EXECUTE FUNCTION review_step_kept()
                """,
            ]),
        Migration(
            name: "actions",
            // A callback, or what the action is for.
            statements: ["ALTER TABLE callback ADD COLUMN kind TEXT NOT NULL DEFAULT 'callback'"]),
    ]

    // MARK: SQLite

    /// GRDB notes which migrations were made, by their names.
    static func migrate(_ writer: any DatabaseWriter) throws {
        var migrator = DatabaseMigrator()
        for migration in migrations {
            migrator.registerMigration(migration.name) { database in
                for statement in migration.statements + migration.sqlite {
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
                for statement in migration.statements + migration.postgreSQL {
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
