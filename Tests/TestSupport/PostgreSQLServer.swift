import Foundation

/// A PostgreSQL server, started for these tests and ended with them.
public final class PostgreSQLServer: Sendable {
    private static let started = Result { try PostgreSQLServer() }
    private let folder: String
    private let program: RunningProgram

    private init() throws {
        folder = try TemporaryFolder().url.path
        program = try Python(program: "TestSupport/postgresql.py", [folder]).start()
    }

    /// A database of its own.
    /// - Returns: Its address.
    public static func makeDatabase() throws -> String {
        let server = try started.get()
        return "postgresql://framesift@/\(try server.makeDatabase())?host=\(server.folder)"
    }

    private func makeDatabase() throws -> String {
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        try run("createdb", ["-h", folder, "-U", "framesift", name]).ending()
        return name
    }

    /// A database of its own with a pooler before it, in transaction mode.
    /// - Returns: Its address by itself, and through the pooler; and the pooler, which lives as long as that.
    public static func makePooledDatabase() throws -> (direct: String, pooled: String, pooler: RunningProgram) {
        let server = try started.get()
        let name = try server.makeDatabase()
        let pooler = try Python(program: "TestSupport/pgbouncer.py", [server.folder, name]).start()
        return (
            "postgresql://framesift@/\(name)?host=\(server.folder)",
            "postgresql://framesift@127.0.0.1:\(pooler.announcement)/\(name)", pooler
        )
    }
}
