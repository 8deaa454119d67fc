/// Who is logged in to the dashboard, at whichever process shares the store. Times are the database's clock.
extension Store {
    /// The most logins that are kept; beyond it the oldest ends.
    static let maxLogins = 1000
    /// How long a login lasts after its last use, in seconds.
    private static let loginLifetime = 12 * 3600.0
    /// A use is noted only this many seconds after the last one that was, so that looking on writes little.
    private static let loginStep = 60.0

    /// Stores a login, and removes those that have ended.
    /// - Parameters:
    ///   - digest: Of the secret that the browser holds. The secret itself is not stored.
    ///   - key: The name of the API key that it was made with.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func keepLogin(_ digest: String, key: String) async throws {
        try await database.write { [time] database in
            try database.run("DELETE FROM login WHERE expires <= \(time)")
            try database.run(
                "INSERT INTO login (digest, key, expires) VALUES (?, ?, \(time) + ?)", digest, key,
                Self.loginLifetime)
            try database.run(
                "DELETE FROM login WHERE digest NOT IN (SELECT digest FROM login ORDER BY expires DESC LIMIT ?)",
                Self.maxLogins)
        }
    }

    /// The name of the API key that a login was made with, which prolongs it.
    /// - Returns: `nil` if there is no such login, or it has ended.
    /// - Throws: `StoreProblem` if the database cannot be read.
    public func login(_ digest: String) async throws -> String? {
        let found = try await database.read { [time] database in
            try database.row(
                "SELECT key, expires - \(time) AS seconds FROM login WHERE digest = ? AND expires > \(time)",
                digest
            ).map { (key: try $0.value("key") as String, seconds: try $0.value("seconds") as Double) }
        }
        guard let found else { return nil }
        if found.seconds < Self.loginLifetime - Self.loginStep {
            // Whoever is logged in can look on while the state cannot be written.
            _ = try? await database.write { [time] database in
                try database.run(
                    "UPDATE login SET expires = \(time) + ? WHERE digest = ?", Self.loginLifetime, digest)
            }
        }
        return found.key
    }

    /// Ends a login, at every process. One that is not there is no error.
    /// - Throws: `StoreProblem` if the database cannot be written.
    public func endLogin(_ digest: String) async throws {
        try await database.execute("DELETE FROM login WHERE digest = ?", digest)
    }
}
