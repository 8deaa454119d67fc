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
        let name = "test_" + UUID().uuidString.lowercased().replacing("-", with: "")
        try run("createdb", ["-h", server.folder, "-U", "framesift", name]).ending()
        return "postgresql://framesift@/\(name)?host=\(server.folder)"
    }
}
