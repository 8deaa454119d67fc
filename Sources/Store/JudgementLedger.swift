import Foundation
import GRDB
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
    /// - Throws: `DatabaseError` if the database cannot be read.
    public func judgement(_ question: LedgerQuestion) async throws -> Judgement? {
        try await database.read { try Self.answer(to: question, $0) }.flatMap(KeptJudgement.decode)
    }

    /// Claims a picture, or returns the stored answer.
    /// - Throws: `DatabaseError` or `StoreProblem`.
    public func claimPicture(_ question: LedgerQuestion) async throws -> LedgerClaim<Judgement> {
        try await claim(question, decode: KeptJudgement.decode)
    }

    /// Claims a whole video, or returns the stored answer.
    /// - Throws: `DatabaseError` or `StoreProblem`.
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
            "DELETE FROM judgement WHERE judge = ? OR kept <= ?", [judge, Date().timeIntervalSince1970 - Self.age])
    }

    // MARK: Answers

    private static func answer(to question: LedgerQuestion, _ database: Database) throws -> Data? {
        try Data.fetchOne(
            database,
            sql: "SELECT judgement FROM judgement WHERE picture = ? AND judge = ? AND tasks = ? AND kept > ?",
            arguments: question.columns + [Date().timeIntervalSince1970 - age])
    }

    private func keep(_ answer: Data, _ operations: Int, _ question: LedgerQuestion) async throws {
        defer { asking.withLock { _ = $0.remove(question) } }
        try await database.write { [owner] database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO judgement (picture, judge, tasks, judgement, operations, kept)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: question.columns + [answer, operations, Date().timeIntervalSince1970])
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
            if let known = try Self.answer(to: question, database).flatMap(decode) { return .known(known) }
            return try take(question, database) ? .granted : .taken
        }
        if case .granted = claim { isGranted = true }
        return claim
    }

    /// - Returns: False if another running process holds the claim.
    private func take(_ question: LedgerQuestion, _ database: Database) throws -> Bool {
        let holder = try String.fetchOne(
            database, sql: "SELECT owner FROM claim WHERE picture = ? AND judge = ? AND tasks = ?",
            arguments: question.columns)
        if let holder, holder != owner.name {
            guard owner.isGone(holder) else { return false }
            try database.execute(sql: "DELETE FROM claim WHERE owner = ?", arguments: [holder])
        }
        // Also end claims of this process whose end could not be written.
        let own = try Row.fetchAll(database, sql: "SELECT * FROM claim WHERE owner = ?", arguments: [owner.name])
        let current = asking.withLock { $0 }
        for over in own.map(LedgerQuestion.init) where !current.contains(over) {
            try Self.endClaim(on: over, of: owner, database)
        }
        try database.execute(
            sql: "INSERT OR REPLACE INTO claim (picture, judge, tasks, owner) VALUES (?, ?, ?, ?)",
            arguments: question.columns + [owner.name])
        return true
    }

    private static func endClaim(on question: LedgerQuestion, of owner: Ownership, _ database: Database) throws {
        try database.execute(
            sql: "DELETE FROM claim WHERE picture = ? AND judge = ? AND tasks = ? AND owner = ?",
            arguments: question.columns + [owner.name])
    }
}

extension LedgerQuestion {
    fileprivate var columns: StatementArguments { [digest, judge, tasks] }

    fileprivate init(_ row: Row) { self.init(digest: row["picture"], judge: row["judge"], tasks: row["tasks"]) }
}
