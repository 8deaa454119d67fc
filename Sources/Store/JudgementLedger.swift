import Foundation
import GRDB
import Moderation
import Synchronization

/// Every judgement that was paid for, by what was sent: a run that is killed and started again asks only for what is missing.
///
/// Pictures are not kept, only their SHA-256. A judgement is forgotten after 30 days, or by `forget`.
extension Store: Ledger {
    private static let age = 30 * 86_400.0

    private struct KeptFrame: Codable {
        var position: Int
        var judgement: KeptJudgement?
    }

    public func judgement(_ question: LedgerQuestion) async throws -> Judgement? {
        try await database.read { try Self.answer(to: question, $0) }.flatMap(Self.judgement)
    }

    public func claimPicture(_ question: LedgerQuestion) async throws -> LedgerClaim<Judgement> {
        try await claim(question, decode: Self.judgement)
    }

    public func claimVideo(_ question: LedgerQuestion) async throws -> LedgerClaim<[NativeFrame]> {
        try await claim(question) { data in
            try? JSONDecoder().decode([KeptFrame].self, from: data).map {
                NativeFrame(position: $0.position, judgement: $0.judgement?.judgement)
            }
        }
    }

    public func keep(_ judgement: Judgement, operations: Int, for question: LedgerQuestion) async throws {
        try await keep(JSONEncoder().encode(KeptJudgement(judgement)), operations, question)
    }

    public func keep(_ frames: [NativeFrame], operations: Int, for question: LedgerQuestion) async throws {
        let kept = frames.map { KeptFrame(position: $0.position, judgement: $0.judgement.map(KeptJudgement.init)) }
        try await keep(JSONEncoder().encode(kept), operations, question)
    }

    public func release(_ question: LedgerQuestion) async throws {
        defer { asking.withLock { _ = $0.remove(question) } }
        try await database.write { [owner] in try Self.endClaim(on: question, of: owner, $0) }
    }

    /// Forgets every judgement of a judge, and what is too old of the others.
    public func forget(judge: String) async throws {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM judgement WHERE judge = ? OR kept <= ?",
                arguments: [judge, Date().timeIntervalSince1970 - Self.age])
        }
    }

    // MARK: Answers

    private static func judgement(_ data: Data) -> Judgement? {
        try? JSONDecoder().decode(KeptJudgement.self, from: data).judgement
    }

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
        // What is known is told even where nothing can be written.
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

    /// False when another process that lives has it.
    private func take(_ question: LedgerQuestion, _ database: Database) throws -> Bool {
        let holder = try String.fetchOne(
            database, sql: "SELECT owner FROM claim WHERE picture = ? AND judge = ? AND tasks = ?",
            arguments: question.columns)
        if let holder, holder != owner.name {
            guard owner.isGone(holder) else { return false }
            try database.execute(sql: "DELETE FROM claim WHERE owner = ?", arguments: [holder])
        }
        // Those of this process whose end could not be written.
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
