import GRDB

/// The tables, built up by migrations. A released migration is never changed.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("server") { database in
            try database.create(table: "feedback") { table in
                table.autoIncrementedPrimaryKey("id")
                table.column("received", .double).notNull()
                table.column("key", .text).notNull()
                table.column("model", .text).notNull()
                table.column("class", .text).notNull()
                table.column("url", .text)
                table.column("sha256", .text)
            }
            try database.create(table: "classification") { table in
                table.primaryKey("sha1", .text)
                table.column("class", .text).notNull()
                table.column("confidence", .double).notNull()
            }
            try database.create(table: "key_usage") { table in
                table.primaryKey("key", .text)
                table.column("used", .integer).notNull()
            }
            try database.create(table: "free_calls") { table in
                table.primaryKey("address", .text)
                table.column("used", .integer).notNull()
                table.column("last", .double).notNull()
            }
        }
        migrator.registerMigration("ledger") { database in
            try database.create(table: "judgement") { table in
                table.column("picture", .text).notNull()
                table.column("judge", .text).notNull()
                table.column("tasks", .text).notNull()
                table.column("judgement", .blob).notNull()
                table.column("operations", .integer).notNull()
                table.column("kept", .double).notNull()
                table.primaryKey(["picture", "judge", "tasks"])
            }
        }
        migrator.registerMigration("callbacks and jobs") { database in
            try database.create(table: "callback") { table in
                table.autoIncrementedPrimaryKey("number")
                table.column("id", .text).notNull()
                table.column("media", .text).notNull()
                table.column("url", .text).notNull()
                table.column("body", .blob).notNull()
                table.column("guarded", .boolean).notNull()
                table.column("owner", .text).notNull()
                table.column("owed", .double).notNull()
                table.column("attempts", .integer).notNull()
                table.column("next", .double).notNull()
            }
            try database.create(index: "callback_media", on: "callback", columns: ["media", "url", "number"])
            try database.create(table: "job") { table in
                table.primaryKey("media", .text)
                table.column("owner", .text).notNull()
                table.column("key", .text).notNull()
                table.column("status", .text).notNull()
                table.column("started", .double).notNull()
                table.column("updated", .double).notNull()
                table.column("order", .blob).notNull()
                table.column("frames", .integer).notNull()
                table.column("problem", .text)
            }
            try database.create(table: "job_frame") { table in
                table.column("media", .text).notNull().references("job", onDelete: .cascade)
                table.column("number", .integer).notNull()
                table.column("position", .integer).notNull()
                table.column("judgement", .blob)
                table.primaryKey(["media", "number"])
            }
        }
        migrator.registerMigration("tallies of jobs") { database in
            try database.alter(table: "job") { table in
                for name in ["ok", "ko", "undetermined"] { table.add(column: name, .integer).notNull().defaults(to: 0) }
            }
        }
        migrator.registerMigration("jobs: streams, what was missed, starts") { database in
            try database.alter(table: "job") { table in
                // Why part of the input was not seen; NULL if nothing was missed so far.
                table.add(column: "missed", .text)
                table.add(column: "starts", .integer).notNull().defaults(to: 0)
            }
            try database.alter(table: "job_frame") { table in table.add(column: "stream", .integer) }
        }
        migrator.registerMigration("health") { database in
            try database.create(table: "health") { $0.column("checks", .integer).notNull() }
            try database.execute(sql: "INSERT INTO health (checks) VALUES (0)")
        }
        migrator.registerMigration("claims on judgements") { database in
            try database.create(table: "claim") { table in
                table.column("picture", .text).notNull()
                table.column("judge", .text).notNull()
                table.column("tasks", .text).notNull()
                table.column("owner", .text).notNull()
                table.primaryKey(["picture", "judge", "tasks"])
            }
        }
        migrator.registerMigration("decisions of jobs") { database in
            try database.alter(table: "job") { table in
                // Whether the policy's rule makes a KO of what was seen so far.
                table.add(column: "rejected", .boolean).notNull().defaults(to: false)
                // JSON; NULL until the job is over.
                table.add(column: "segments", .blob)
            }
            try database.execute(sql: "UPDATE job SET rejected = ko > 0")
        }
        return migrator
    }
}
