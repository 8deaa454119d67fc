import Digests
import Foundation
import Moderation

/// What people do about cases, and the trail of it.
extension Store {
    /// Does something about a case, and notes it in the trail.
    /// - Parameters:
    ///   - id: The case.
    ///   - action: Not `undo`.
    ///   - actor: The name of the person's API key.
    ///   - holder: Whose case it is, as it was claimed; an appeal needs none.
    ///   - present: The categories that are there, for a rejection.
    ///   - note: The reason of an appeal. Default empty.
    /// - Returns: The case after it.
    /// - Throws: `ReviewProblem`, `StoreProblem`.
    @discardableResult
    public func review(
        _ id: String, _ action: ReviewAction, by actor: String, holder: String, present: [ContentCategory] = [],
        note: String = ""
    ) async throws -> StoredCase {
        let there = try JSONEncoder().encode(action == .reject ? present.sorted() : [])
        let words = action == .reject ? present.sorted().map(\.rawValue).joined(separator: " ") : note
        return try await database.write { [self] database in
            let known = try locked(id, database)
            if action != .appeal {
                if known.excluded == actor { throw ReviewProblem.excluded }
                if let other = known.holder, other != holder { throw ReviewProblem.held }
            }
            guard let state = action.state(after: known.state) else { throw ReviewProblem.settled(known.state) }
            let decider = state.isDecided ? actor : ""
            try database.run(
                """
                UPDATE review_case SET state = ?, holder = '', held = 0, decided_by = ?, decided = \(time),
                    present = ?, excluded = CASE WHEN ? THEN decided_by ELSE excluded END WHERE id = ?
                """, state.rawValue, decider, there, action == .appeal, id)
            try step(
                action.rawValue, ofCase: id, known.medium.media, by: actor, from: known.state.rawValue,
                to: state.rawValue, words, database)
            return try locked(id, database)
        }
    }

    /// Takes somebody's last decision back. The case is theirs again.
    /// - Returns: The case.
    /// - Throws: `ReviewProblem`, `StoreProblem`.
    public func undoReview(by actor: String, holder: String) async throws -> StoredCase {
        try await database.write { [self] database in
            let row = try database.row(
                "SELECT case_id, number, action, before FROM review_step WHERE actor = ? ORDER BY number DESC LIMIT 1",
                actor)
            guard let row, let action = ReviewAction(rawValue: try row.value("action")),
                [.approve, .reject, .escalate].contains(action)
            else { throw ReviewProblem.nothingToUndo }
            let known = try locked(row.value("case_id"), database)
            let newest: Int? = try database.value("SELECT max(number) FROM review_step WHERE case_id = ?", known.id)
            guard try newest == row.value("number") else { throw ReviewProblem.settled(known.state) }
            let earlier = ReviewState(rawValue: try row.value("before"))
            guard let state = ReviewAction.undo.state(after: known.state, earlier: earlier) else {
                throw ReviewProblem.settled(known.state)
            }
            try database.run(
                """
                UPDATE review_case SET state = ?, holder = ?, held = \(time) + ?, decided_by = '', decided = 0,
                    present = NULL WHERE id = ?
                """, state.rawValue, holder, Self.reviewHold, known.id)
            try step(
                ReviewAction.undo.rawValue, ofCase: known.id, known.medium.media, by: actor,
                from: known.state.rawValue, to: state.rawValue, "", database)
            return try locked(known.id, database)
        }
    }

    private func locked(_ id: String, _ database: any SQLConnection) throws -> StoredCase {
        let row = try database.row(
            "SELECT review_case.*, held > \(time) AS is_held FROM review_case WHERE id = ?\(database.forUpdate)", id)
        guard let row else { throw ReviewProblem.gone }
        return try StoredCase(row)
    }

    // MARK: The trail

    /// The case's row has to be locked, so that its steps form one chain.
    func step(
        _ action: String, ofCase id: String, _ media: String, by actor: String, from before: String,
        to after: String, _ note: String, _ database: any SQLConnection
    ) throws {
        let last: String? = try database.value(
            "SELECT digest FROM review_step WHERE case_id = ? ORDER BY number DESC LIMIT 1", id)
        let now: Double = try database.value("SELECT \(time)") ?? 0
        // Whole milliseconds, which every database and reader writes alike.
        let at = (now * 1000).rounded() / 1000
        let digest = ReviewStep.digest(
            after: last ?? "", id, media, at: at, actor, action, before, after, note)
        try database.run(
            """
            INSERT INTO review_step (case_id, media, at, actor, action, before, after, note, digest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
            """, id, media, at, actor, action, before, after, note, digest)
    }

    /// Steps of the trail, the oldest first.
    /// - Parameters:
    ///   - number: Only those after the step of this number.
    ///   - id: Only those about one case; `nil` for all.
    ///   - limit: The most to return.
    /// - Throws: `StoreProblem`.
    public func steps(after number: Int = 0, ofCase id: String? = nil, limit: Int) async throws -> [ReviewStep] {
        let ofCase = id == nil ? "" : " AND case_id = ?"
        let values = [number.sqlValue] + [id?.sqlValue].compactMap { $0 } + [limit.sqlValue]
        return try await database.read { database in
            try database.rows(
                "SELECT * FROM review_step WHERE number > ?\(ofCase) ORDER BY number LIMIT ?", values
            ).map(ReviewStep.init)
        }
    }

    /// The step before one of the same case; `nil` if it is the first.
    /// - Throws: `StoreProblem`.
    public func step(before step: ReviewStep) async throws -> ReviewStep? {
        try await database.read { database in
            try database.row(
                "SELECT * FROM review_step WHERE case_id = ? AND number < ? ORDER BY number DESC LIMIT 1", step.caseID,
                step.number
            ).map(ReviewStep.init)
        }
    }

    /// Decided cases, by when they were decided.
    /// - Parameters:
    ///   - last: The last one that was returned before; `nil` to begin.
    ///   - limit: The most to return.
    /// - Throws: `StoreProblem`.
    public func decidedCases(after last: StoredCase?, limit: Int) async throws -> [StoredCase] {
        try await database.read { [time] database in
            try database.rows(
                """
                SELECT review_case.*, held > \(time) AS is_held FROM review_case WHERE state IN ('approved', 'rejected')
                    AND (decided > ?1 OR (decided = ?1 AND id > ?2)) ORDER BY decided, id LIMIT ?3
                """, [(last?.decided ?? 0).sqlValue, (last?.id ?? "").sqlValue, limit.sqlValue]
            ).map(StoredCase.init)
        }
    }
}

extension ReviewStep {
    init(_ row: SQLRow) throws {
        self.init(
            number: try row.value("number"), caseID: try row.value("case_id"), media: try row.value("media"),
            at: try row.value("at"), actor: try row.value("actor"), action: try row.value("action"),
            before: try row.value("before"), after: try row.value("after"), note: try row.value("note"),
            digest: try row.value("digest"))
    }

    /// What chains a step to the one before it of the same case.
    /// - Parameter last: The digest of that step; empty for the first.
    static func digest(
        after last: String, _ id: String, _ media: String, at: Double, _ actor: String, _ action: String,
        _ before: String, _ after: String, _ note: String
    ) -> String {
        let milliseconds = Int((at * 1000).rounded())
        let parts = [last, id, media, "\(milliseconds)", actor, action, before, after, note]
        // With lengths, so that no two lists of parts give the same text.
        let text = parts.map { "\($0.utf8.count):\($0)" }.joined()
        return Digest(.sha256, of: Data(text.utf8)).hexadecimal
    }

    /// Whether the digest is that of this step after another one.
    /// - Parameter last: The step before it of the same case; `nil` if it is the first.
    public func follows(_ last: ReviewStep?) -> Bool {
        digest
            == Self.digest(after: last?.digest ?? "", caseID, media, at: at, actor, action, before, after, note)
    }
}
