import Foundation
import Moderation
import Synchronization

/// The judgements that were paid for, by what was sent. A run that is killed and restarted asks only for what is
/// missing.
///
/// Pictures are not kept, only their SHA-256. Judgements are kept for 30 days, or until `forget`.
extension Store: Ledger {
    private static let age = 30 * 86_400.0

    private struct KeptFrame: Codable {
        var position: Int
        var judgement: KeptJudgement?
    }

    /// The stored answer, unless it is older than 30 days.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func judgement(_ question: LedgerQuestion) async throws -> Judgement? {
        try await database.read { try Self.answer(to: question, $0) }.flatMap(KeptJudgement.decode)
    }

    /// Claims a picture, or returns the stored answer.
    /// - Throws: `StoreProblem`.
    public func claimPicture(_ question: LedgerQuestion) async throws -> LedgerClaim<Judgement> {
        try await claim(question, decode: KeptJudgement.decode)
    }

    /// Claims a whole video, or returns the stored answer.
    /// - Throws: `StoreProblem`.
    public func claimVideo(_ question: LedgerQuestion) async throws -> LedgerClaim<[NativeFrame]> {
        try await claim(question) { data in
            try? JSONDecoder().decode([KeptFrame].self, from: data).map {
                NativeFrame(position: $0.position, judgement: $0.judgement?.judgement)
            }
        }
    }

    /// Stores the answer for a picture and ends the claim.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ judgement: Judgement, operations: Int, for question: LedgerQuestion) async throws {
        try await keep(JSONEncoder().encode(KeptJudgement(judgement)), operations, question)
    }

    /// Stores the answer for a video and ends the claim.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ frames: [NativeFrame], operations: Int, for question: LedgerQuestion) async throws {
        let kept = frames.map { KeptFrame(position: $0.position, judgement: $0.judgement.map(KeptJudgement.init)) }
        try await keep(JSONEncoder().encode(kept), operations, question)
    }

    /// Ends a claim without an answer.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func release(_ question: LedgerQuestion) async throws {
        defer { asking.withLock { _ = $0.remove(question) } }
        try await database.write { [owner] in try Self.endClaim(on: question, of: owner, $0) }
    }

    /// Deletes all judgements of a judge, and those of other judges that are older than 30 days.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func forget(judge: String) async throws {
        try await database.execute(
            "DELETE FROM judgement WHERE judge = ? OR kept <= ?", judge, Date().timeIntervalSince1970 - Self.age)
    }

    // MARK: Answers

    private static func answer(to question: LedgerQuestion, _ database: any SQLConnection) throws -> Data? {
        let oldest = Date().timeIntervalSince1970 - age
        return try database.rows(
            "SELECT judgement FROM judgement WHERE picture = ? AND judge = ? AND tasks = ? AND kept > ?",
            question.columns + [oldest.sqlValue]
        ).first?.value("judgement")
    }

    private func keep(_ answer: Data, _ operations: Int, _ question: LedgerQuestion) async throws {
        defer { asking.withLock { _ = $0.remove(question) } }
        try await database.write { [owner] database in
            try database.run(
                """
                INSERT INTO judgement (picture, judge, tasks, judgement, operations, kept) VALUES (?, ?, ?, ?, ?, ?)
                ON CONFLICT (picture, judge, tasks) DO UPDATE SET judgement = excluded.judgement,
                    operations = excluded.operations, kept = excluded.kept
                """,
                question.columns + [
                    answer.sqlValue, operations.sqlValue, Date().timeIntervalSince1970.sqlValue,
                ])
            try Self.endClaim(on: question, of: owner, database)
        }
    }

    // MARK: Claims

    private func claim<Answer>(
        _ question: LedgerQuestion, decode: @escaping @Sendable (Data) -> Answer?
    ) async throws -> LedgerClaim<Answer> {
        // Known answers are returned even if the database cannot be written.
        if let known = try await database.read({ try Self.answer(to: question, $0) }).flatMap(decode) {
            return .known(known)
        }
        guard asking.withLock({ $0.insert(question).inserted }) else { return .taken }
        var isGranted = false
        defer { if !isGranted { asking.withLock { _ = $0.remove(question) } } }
        let claim = try await database.write { [self] database -> LedgerClaim<Answer> in
            let isMine = try take(question, database)
            // Whoever had the claim may have stored the answer and ended it meanwhile.
            if let known = try Self.answer(to: question, database).flatMap(decode) {
                if isMine { try Self.endClaim(on: question, of: owner, database) }
                return .known(known)
            }
            return isMine ? .granted : .taken
        }
        if case .granted = claim { isGranted = true }
        return claim
    }

    /// - Returns: False if another running process holds the claim.
    private func take(_ question: LedgerQuestion, _ database: any SQLConnection) throws -> Bool {
        try endForgottenClaims(database)
        // One of those that come at the same time inserts the row, the others wait for it.
        let isNew = try database.run(
            """
            INSERT INTO claim (picture, judge, tasks, owner) VALUES (?, ?, ?, ?)
            ON CONFLICT (picture, judge, tasks) DO NOTHING
            """, question.columns + [owner.name.sqlValue])
        if isNew > 0 { return true }
        let row = try database.rows(
            "SELECT owner FROM claim WHERE picture = ? AND judge = ? AND tasks = ?" + database.forUpdate,
            question.columns
        ).first
        guard let row else { return false }
        let holder: String = try row.value("owner")
        guard holder != owner.name else { return true }
        guard try goneOwners(among: [holder], database).contains(holder) else { return false }
        try database.run("DELETE FROM claim WHERE owner = ? AND picture <> ?", holder, question.digest)
        try database.run(
            "UPDATE claim SET owner = ? WHERE picture = ? AND judge = ? AND tasks = ?",
            [owner.name.sqlValue] + question.columns)
        return true
    }

    /// Ends claims of this process whose end could not be written.
    private func endForgottenClaims(_ database: any SQLConnection) throws {
        let current = asking.withLock { $0 }
        for row in try database.rows("SELECT picture, judge, tasks FROM claim WHERE owner = ?", owner.name) {
            let over = try LedgerQuestion(row)
            if !current.contains(over) { try Self.endClaim(on: over, of: owner, database) }
        }
    }

    private static func endClaim(
        on question: LedgerQuestion, of owner: Ownership, _ database: any SQLConnection
    ) throws {
        try database.run(
            "DELETE FROM claim WHERE picture = ? AND judge = ? AND tasks = ? AND owner = ?",
            question.columns + [owner.name.sqlValue])
    }
}

extension LedgerQuestion {
    fileprivate var columns: [SQLValue] { [digest.sqlValue, judge.sqlValue, tasks.sqlValue] }

    fileprivate init(_ row: SQLRow) throws {
        self.init(digest: try row.value("picture"), judge: try row.value("judge"), tasks: try row.value("tasks"))
    }
}
