import Foundation
import Moderation

/// The review queue: cases, and who has which.
extension Store {
    /// How long a reviewer has a case without renewing the claim, in seconds.
    public static let reviewHold = 120.0

    // MARK: Finding

    static func insert(
        _ cases: [NewCase], of medium: CaseMedium, _ now: Double, into database: any SQLConnection
    ) throws {
        for new in cases {
            let found = new.found
            try database.run(
                """
                INSERT INTO review_case (id, media, key, uri, reference, live, found, reason, category, probability,
                    begins, ends, created, state)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'open')
                ON CONFLICT (id) DO UPDATE SET found = excluded.found, probability = excluded.probability,
                    begins = excluded.begins, ends = excluded.ends WHERE review_case.state IN ('open', 'escalated')
                """, new.id, medium.media, medium.key, medium.uri, medium.reference, medium.isLive,
                try JSONEncoder().encode(found), found.reason.rawValue, found.category?.rawValue ?? "",
                found.probability ?? 0, found.start, found.end, now)
        }
    }

    // MARK: Showing

    /// The cases that a filter lets through, in its order.
    /// - Parameters:
    ///   - limit: The most to return.
    ///   - offset: How many to leave out. Default none.
    /// - Throws: `StoreProblem`.
    public func cases(_ filter: ReviewFilter, limit: Int, offset: Int = 0) async throws -> [StoredCase] {
        try await database.read { [time] database in
            let (condition, values) = filter.condition(time)
            return try database.rows(
                """
                SELECT review_case.*, held > \(time) AS is_held FROM review_case WHERE \(condition)
                ORDER BY \(filter.sqlOrder) LIMIT ?\(values.count + 1) OFFSET ?\(values.count + 2)
                """, values + [limit.sqlValue, offset.sqlValue]
            ).map(StoredCase.init)
        }
    }

    /// How many cases a filter lets through.
    /// - Throws: `StoreProblem`.
    public func countCases(_ filter: ReviewFilter) async throws -> Int {
        try await database.read { [time] database in
            let (condition, values) = filter.condition(time)
            let row = try database.rows("SELECT count(*) AS cases FROM review_case WHERE \(condition)", values).first
            return try row?.value("cases") ?? 0
        }
    }

    /// One case; `nil` if there is none of that id.
    /// - Throws: `StoreProblem`.
    public func reviewCase(_ id: String) async throws -> StoredCase? {
        try await database.read { [time] database in
            try database.row("SELECT review_case.*, held > \(time) AS is_held FROM review_case WHERE id = ?", id).map(
                StoredCase.init)
        }
    }

    /// The cases that were decided last, the newest first.
    /// - Throws: `StoreProblem`.
    public func newestDecided(_ state: ReviewState, limit: Int) async throws -> [StoredCase] {
        try await database.read { [time] database in
            try database.rows(
                """
                SELECT review_case.*, held > \(time) AS is_held FROM review_case WHERE state = ?
                ORDER BY decided DESC LIMIT ?
                """, [state.rawValue.sqlValue, limit.sqlValue]
            ).map(StoredCase.init)
        }
    }

    // MARK: Holding

    /// Gives somebody the next case: one that they have already, or the first that nobody has.
    /// - Parameters:
    ///   - holder: Whose case it will be: one person, or one window of theirs.
    ///   - actor: The name of the person's API key.
    ///   - other: A case of theirs that is not meant.
    /// - Returns: `nil` if there is none.
    /// - Throws: `StoreProblem`.
    public func claimCase(
        _ filter: ReviewFilter, for holder: String, actor: String, besides other: String? = nil
    ) async throws -> StoredCase? {
        let (condition, values) = filter.condition(time, from: 5)
        let lock = isShared ? " FOR UPDATE SKIP LOCKED" : ""
        let fixed = [holder.sqlValue, Self.reviewHold.sqlValue, (other ?? "").sqlValue, actor.sqlValue]
        let isFree = "(holder = '' OR held <= \(time))"
        // First what they have: a page that is loaded again shows it again. Last what they have skipped.
        for whose in ["holder = ?1 AND held > \(time)", "skipped <> ?1 AND \(isFree)", "skipped = ?1 AND \(isFree)"] {
            let row = try await database.change(
                """
                UPDATE review_case SET holder = ?1, held = \(time) + ?2
                WHERE id = (SELECT id FROM review_case WHERE \(condition) AND id <> ?3 AND excluded <> ?4 AND \(whose)
                    ORDER BY \(filter.sqlOrder) LIMIT 1\(lock)) RETURNING *, TRUE AS is_held
                """, fixed + values
            ).first
            if let row { return try StoredCase(row) }
        }
        return nil
    }

    /// Keeps somebody's cases for longer.
    /// - Returns: The ids of those that they still have.
    /// - Throws: `StoreProblem`.
    public func renewCases(for holder: String) async throws -> [String] {
        try await database.change(
            "UPDATE review_case SET held = \(time) + ? WHERE holder = ? AND held > \(time) RETURNING id",
            [Self.reviewHold.sqlValue, holder.sqlValue]
        ).map { try $0.value("id") }
    }

    /// Leaves a case to others. It comes back to them last.
    /// - Throws: `StoreProblem`.
    public func skipCase(_ id: String, of holder: String) async throws {
        try await database.execute(
            "UPDATE review_case SET holder = '', held = 0, skipped = ? WHERE id = ? AND holder = ?", holder, id, holder)
    }

    /// Leaves somebody's cases to others.
    /// - Throws: `StoreProblem`.
    public func releaseCases(of holder: String) async throws {
        try await database.execute("UPDATE review_case SET holder = '', held = 0 WHERE holder = ?", holder)
    }
}

extension ReviewFilter {
    /// - Parameters:
    ///   - time: The present, in SQL.
    ///   - first: The number of the first value.
    fileprivate func condition(_ time: String, from first: Int = 1) -> (sql: String, values: [SQLValue]) {
        var (sql, values) = ("state = ?\(first)", [state.rawValue.sqlValue])
        func add(_ condition: String, _ value: SQLValue) {
            values.append(value)
            sql += " AND \(condition) ?\(first + values.count - 1)"
        }
        let equal = [
            ("id", id), ("category", category), ("key", key), ("reference", reference), ("media", media),
            ("reason", reason?.rawValue),
        ]
        for case (let column, let value?) in equal { add("\(column) =", value.sqlValue) }
        if let isLive { add("live =", isLive.sqlValue) }
        if let probability { add("probability >=", probability.sqlValue) }
        if let age { add("created >= \(time) -", age.sqlValue) }
        return (sql, values)
    }

    fileprivate var sqlOrder: String {
        switch order {
        case .worst: "probability DESC, id"
        case .oldest: "created, id"
        case .live: "live DESC, created, id"
        case .newest: "created DESC, id"
        }
    }
}

extension StoredCase {
    init(_ row: SQLRow) throws {
        let holder: String = try row.value("holder")
        let (isHeld, decidedBy): (Bool, String) = (try row.value("is_held"), try row.value("decided_by"))
        let present: Data? = try row.optional("present")
        let found: Data = try row.value("found")
        do {
            self.init(
                id: try row.value("id"),
                medium: CaseMedium(
                    media: try row.value("media"), key: try row.value("key"), uri: try row.value("uri"),
                    reference: try row.value("reference"), isLive: try row.value("live")),
                found: try JSONDecoder().decode(ReviewCase.self, from: found), created: try row.value("created"),
                state: ReviewState(rawValue: try row.value("state")) ?? .open, excluded: try row.value("excluded"),
                holder: isHeld && !holder.isEmpty ? holder : nil, decidedBy: decidedBy.isEmpty ? nil : decidedBy,
                decided: decidedBy.isEmpty ? nil : try row.value("decided"),
                present: try present.map { try JSONDecoder().decode([ContentCategory].self, from: $0) } ?? [])
        } catch is DecodingError {
            throw StoreProblem(.damaged, "a case makes no sense")
        }
    }
}
