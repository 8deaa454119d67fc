import Foundation
import GRDB
import Moderation

/// Every judgement that was paid for, by what was sent: a run that is killed and started again asks only for what is missing.
///
/// Pictures are not kept, only their SHA-256. A judgement is forgotten after 30 days, or by `forget`.
extension Store: Ledger {
    private static let age = 30 * 86_400.0

    private struct KeptFrame: Codable {
        var position: Int
        var judgement: KeptJudgement?
    }

    public func judgement(picture: String, judge: String, tasks: String) async throws -> Judgement? {
        try await read(KeptJudgement.self, picture, judge, tasks)?.judgement
    }

    public func keep(
        _ judgement: Judgement, operations: Int, picture: String, judge: String, tasks: String
    ) async throws {
        try await write(KeptJudgement(judgement), operations, picture, judge, tasks)
    }

    public func frames(video: String, judge: String, tasks: String) async throws -> [NativeFrame]? {
        try await read([KeptFrame].self, video, judge, tasks)?.map {
            NativeFrame(position: $0.position, judgement: $0.judgement?.judgement)
        }
    }

    public func keep(
        _ frames: [NativeFrame], operations: Int, video: String, judge: String, tasks: String
    ) async throws {
        let kept = frames.map { KeptFrame(position: $0.position, judgement: $0.judgement.map(KeptJudgement.init)) }
        try await write(kept, operations, video, judge, tasks)
    }

    private func read<Value: Decodable & Sendable>(
        _ type: Value.Type, _ picture: String, _ judge: String, _ tasks: String
    ) async throws -> Value? {
        let data = try await database.read { database in
            try Data.fetchOne(
                database,
                sql: "SELECT judgement FROM judgement WHERE picture = ? AND judge = ? AND tasks = ? AND kept > ?",
                arguments: [picture, judge, tasks, Date().timeIntervalSince1970 - Self.age])
        }
        return data.flatMap { try? JSONDecoder().decode(type, from: $0) }
    }

    private func write(
        _ value: some Encodable, _ operations: Int, _ picture: String, _ judge: String, _ tasks: String
    ) async throws {
        let data = try JSONEncoder().encode(value)
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
