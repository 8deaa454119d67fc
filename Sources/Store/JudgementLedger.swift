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
        try await judgements([question])[question]
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
        try await end([LedgerEnd(question, judgement, operations: operations)])
    }

    /// Stores the answer for a video and ends the claim.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keep(_ frames: [NativeFrame], operations: Int, for question: LedgerQuestion) async throws {
        let kept = frames.map { KeptFrame(position: $0.position, judgement: $0.judgement.map(KeptJudgement.init)) }
        try await end([LedgerEnd(question, answer: JSONEncoder().encode(kept), operations: operations)])
    }

    /// Ends a claim without an answer.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func release(_ question: LedgerQuestion) async throws { try await end([LedgerEnd(question)]) }

    /// Deletes all judgements of a judge, and those of other judges that are older than 30 days.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func forget(judge: String) async throws {
        try await database.execute(
            "DELETE FROM judgement WHERE judge = ? OR kept <= ?", judge, Date().timeIntervalSince1970 - Self.age)
    }

    // MARK: Answers

    /// The stored answers, unless they are older than 30 days.
    /// - Throws: `StoreProblem` if the database cannot be read.
    func judgements(_ questions: [LedgerQuestion]) async throws -> [LedgerQuestion: Judgement] {
        try await database.read { try Self.answers(to: questions, $0) }.compactMapValues(KeptJudgement.decode)
    }

    private static func answers(
        to questions: [LedgerQuestion], _ database: any SQLConnection
    ) throws -> [LedgerQuestion: Data] {
        let oldest = Date().timeIntervalSince1970 - age
        let rows = try database.rows(
            "SELECT picture, judge, tasks, judgement FROM judgement WHERE kept > ? AND \(questions.condition)",
            [oldest.sqlValue] + questions.columns)
        return try rows.reduce(into: [:]) { $0[try LedgerQuestion($1)] = try $1.value("judgement") }
    }

    private static func keep(_ ends: [LedgerEnd], _ database: any SQLConnection) throws {
        let answered = ends.filter { $0.answer != nil }.sorted { $0.question < $1.question }
        guard !answered.isEmpty else { return }
        let now = Date().timeIntervalSince1970.sqlValue
        let values = answered.flatMap {
            $0.question.columns + [$0.answer?.sqlValue ?? .null, $0.operations.sqlValue, now]
        }
        let places = Array(repeating: "(?, ?, ?, ?, ?, ?)", count: answered.count).joined(separator: ", ")
        try database.run(
            """
            INSERT INTO judgement (picture, judge, tasks, judgement, operations, kept) VALUES \(places)
            ON CONFLICT (picture, judge, tasks) DO UPDATE SET judgement = excluded.judgement,
                operations = excluded.operations, kept = excluded.kept
            """, values)
    }

    // MARK: Claims

    private func claim<Answer>(
        _ question: LedgerQuestion, decode: @escaping @Sendable (Data) -> Answer?
    ) async throws -> LedgerClaim<Answer> {
        // Known answers are returned even if the database cannot be written.
        let known = try await database.read { try Self.answers(to: [question], $0)[question] }
        if let known = known.flatMap(decode) { return .known(known) }
        return try await settle([], claiming: [question], decode: decode).first ?? .taken
    }

    private func end(_ ends: [LedgerEnd]) async throws {
        _ = try await settle(ends, claiming: [], decode: KeptJudgement.decode)
    }

    /// Ends claims and makes others, in one transaction.
    /// - Parameters:
    ///   - ends: The claims to end, each once.
    ///   - questions: What to claim. Of equal ones, the first is claimed.
    ///   - decode: Reads a stored answer; `nil` if it cannot be used.
    /// - Returns: What came of each question, in their order.
    /// - Throws: `StoreProblem` if the database cannot be written; then the claims have ended for this process, and their
    ///   rows go with the next that it claims.
    func settle<Answer: Sendable>(
        _ ends: [LedgerEnd], claiming questions: [LedgerQuestion], decode: @escaping @Sendable (Data) -> Answer?
    ) async throws -> [LedgerClaim<Answer>] {
        let isNew = asking.withLock { asking in questions.map { asking.insert($0).inserted } }
        // In one order, so that no two processes wait for each other.
        let new = zip(questions, isNew).filter(\.1).map(\.0).sorted()
        var over = Set(ends.map(\.question)).union(new)
        defer { asking.withLock { $0.subtract(over) } }
        guard !over.isEmpty else { return questions.map { _ in .taken } }
        let claims = try await database.write { [self] database in
            let claims = try claim(new, decode, database)
            try Self.keep(ends, database)
            try Self.endClaims(on: ends.map(\.question), of: owner, database)
            return claims
        }
        return zip(questions, isNew).map { question, isNew in
            guard isNew, let claim = claims[question] else { return .taken }
            if case .granted = claim { over.remove(question) }
            return claim
        }
    }

    private func claim<Answer>(
        _ questions: [LedgerQuestion], _ decode: (Data) -> Answer?, _ database: any SQLConnection
    ) throws -> [LedgerQuestion: LedgerClaim<Answer>] {
        guard !questions.isEmpty else { return [:] }
        let mine = try take(questions, database)
        // Whoever had a claim may have stored the answer and ended it meanwhile.
        let known = try Self.answers(to: questions, database).compactMapValues(decode)
        try Self.endClaims(on: mine.filter { known[$0] != nil }, of: owner, database)
        return questions.reduce(into: [:]) { claims, question in
            claims[question] = known[question].map { .known($0) } ?? (mine.contains(question) ? .granted : .taken)
        }
    }

    /// - Returns: Those that no other running process holds.
    private func take(_ questions: [LedgerQuestion], _ database: any SQLConnection) throws -> Set<LedgerQuestion> {
        try endForgottenClaims(database)
        let owner = owner.name
        // One of those that come at the same time inserts the row, the others wait for it.
        let places = Array(repeating: "(?, ?, ?, ?)", count: questions.count).joined(separator: ", ")
        try database.run(
            """
            INSERT INTO claim (picture, judge, tasks, owner) VALUES \(places)
            ON CONFLICT (picture, judge, tasks) DO NOTHING
            """, questions.flatMap { $0.columns + [owner.sqlValue] })
        let rows = try database.rows(
            "SELECT picture, judge, tasks, owner FROM claim WHERE \(questions.condition)", questions.columns)
        let holders = try rows.map { (try LedgerQuestion($0), try $0.value("owner") as String) }
        var mine = Set(holders.filter { $0.1 == owner }.map(\.0))
        let others = Set(holders.map(\.1)).subtracting([owner])
        for gone in try goneOwners(among: others.sorted(), database) {
            for (question, holder) in holders where holder == gone {
                // Somebody else may have been faster.
                let isTaken = try database.run(
                    "UPDATE claim SET owner = ? WHERE picture = ? AND judge = ? AND tasks = ? AND owner = ?",
                    [owner.sqlValue] + question.columns + [gone.sqlValue])
                if isTaken > 0 { mine.insert(question) }
            }
            try database.run("DELETE FROM claim WHERE owner = ?", gone)
        }
        return mine
    }

    /// Ends claims of this process whose end could not be written.
    private func endForgottenClaims(_ database: any SQLConnection) throws {
        let rows = try database.rows("SELECT picture, judge, tasks FROM claim WHERE owner = ?", owner.name)
        // Looked at after the rows: what is asked is noted before it is claimed, maybe in another transaction just now.
        let current = asking.withLock { $0 }
        let over = try rows.map { try LedgerQuestion($0) }.filter { !current.contains($0) }
        try Self.endClaims(on: over, of: owner, database)
    }

    private static func endClaims(
        on questions: some Collection<LedgerQuestion>, of owner: Ownership, _ database: any SQLConnection
    ) throws {
        guard !questions.isEmpty else { return }
        let questions = questions.sorted()
        try database.run(
            "DELETE FROM claim WHERE owner = ? AND \(questions.condition)", [owner.name.sqlValue] + questions.columns)
    }
}

/// The end of a claim.
struct LedgerEnd: Sendable {
    /// What was claimed.
    let question: LedgerQuestion
    /// As it is stored; `nil` if there is none.
    let answer: Data?
    /// The units billed for it.
    let operations: Int

    /// Creates an end without an answer.
    init(_ question: LedgerQuestion) { (self.question, answer, operations) = (question, nil, 0) }

    /// Creates an end with an answer as it is stored.
    init(_ question: LedgerQuestion, answer: Data, operations: Int) {
        (self.question, self.answer, self.operations) = (question, answer, operations)
    }

    /// Creates an end with the answer for a picture.
    /// - Throws: `EncodingError`.
    init(_ question: LedgerQuestion, _ judgement: Judgement, operations: Int) throws {
        try self.init(question, answer: JSONEncoder().encode(KeptJudgement(judgement)), operations: operations)
    }
}

extension [LedgerQuestion] {
    fileprivate var columns: [SQLValue] { flatMap(\.columns) }

    /// Holds for their rows, with `columns` as the values.
    fileprivate var condition: String {
        "(picture, judge, tasks) IN (VALUES \(Array<String>(repeating: "(?, ?, ?)", count: count).joined(separator: ", ")))"
    }
}

extension LedgerQuestion {
    fileprivate var columns: [SQLValue] { [digest.sqlValue, judge.sqlValue, tasks.sqlValue] }

    fileprivate init(_ row: SQLRow) throws {
        self.init(digest: try row.value("picture"), judge: try row.value("judge"), tasks: try row.value("tasks"))
    }
}
