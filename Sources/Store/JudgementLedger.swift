import Foundation
import GRDB
import Moderation

/// Every judgement that was paid for, by what was sent: a run that is killed and started again asks only for what is missing.
///
/// Pictures are not kept, only their SHA-256. A judgement is forgotten after 30 days, or by `forget`.
extension Store: Ledger {
    private static let age = 30 * 86_400.0

    private struct Kept: Codable {
        var probabilities: [String: Double]
        var findings: Findings
    }

    public func judgement(picture: String, judge: String, tasks: String) async throws -> Judgement? {
        let data = try await database.read { database in
            try Data.fetchOne(
                database,
                sql: "SELECT judgement FROM judgement WHERE picture = ? AND judge = ? AND tasks = ? AND kept > ?",
                arguments: [picture, judge, tasks, Date().timeIntervalSince1970 - Self.age])
        }
        guard let data, let kept = try? JSONDecoder().decode(Kept.self, from: data) else { return nil }
        let probabilities = kept.probabilities.map { (Moderation.Category(rawValue: $0.key), $0.value) }
        return Judgement(
            probabilities: Dictionary(probabilities) { first, _ in first }, findings: kept.findings)
    }

    public func keep(
        _ judgement: Judgement, operations: Int, picture: String, judge: String, tasks: String
    ) async throws {
        let probabilities = judgement.probabilities.map { ($0.key.rawValue, $0.value) }
        let kept = Kept(
            probabilities: Dictionary(probabilities) { first, _ in first }, findings: judgement.findings)
        let data = try JSONEncoder().encode(kept)
        try await database.write { database in
            try database.execute(
                sql: """
                    INSERT OR REPLACE INTO judgement (picture, judge, tasks, judgement, operations, kept)
                    VALUES (?, ?, ?, ?, ?, ?)
                    """,
                arguments: [picture, judge, tasks, data, operations, Date().timeIntervalSince1970])
        }
    }

    /// Forgets every judgement of a judge, and what is too old of the others.
    public func forget(judge: String) async throws {
        try await database.write { database in
            try database.execute(
                sql: "DELETE FROM judgement WHERE judge = ? OR kept <= ?",
                arguments: [judge, Date().timeIntervalSince1970 - Self.age])
        }
    }
}
