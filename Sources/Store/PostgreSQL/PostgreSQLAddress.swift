import Foundation

/// Where a PostgreSQL database is: a `postgresql://` address as libpq reads it.
public struct PostgreSQLAddress: Sendable {
    /// Why an address is refused.
    public enum Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// It is none of PostgreSQL.
        case notPostgreSQL
        /// It holds a password, where others can read it.
        case hasPassword

        /// A sentence that says what to do.
        public var description: String {
            switch self {
            case .notPostgreSQL: "A store is postgresql://[USER@][HOST][:PORT]/DATABASE."
            case .hasPassword:
                "A password in an argument can be seen by everybody on this machine: give it by PGPASSWORD, in a file "
                    + "that PGPASSFILE names, or give the whole address as FRAMESIFT_STORE."
            }
        }
    }

    /// With the password, if there is one. Never shown.
    let text: String
    /// Without user, password and options; to be shown.
    public let description: String

    /// - Parameter isSecret: Whether nobody else can read the text, so that it may hold a password.
    /// - Throws: `Problem`.
    public init(_ text: String, isSecret: Bool) throws(Problem) {
        guard ["postgresql://", "postgres://"].contains(where: text.hasPrefix),
            let components = URLComponents(string: text)
        else { throw .notPostgreSQL }
        let options = (components.queryItems ?? []).map { $0.name.lowercased() }
        if !isSecret, components.password != nil || options.contains("password") { throw .hasPassword }
        self.text = text
        let port = components.port.map { ":\($0)" } ?? ""
        description = "postgresql://\(components.host ?? "")\(port)\(components.path)"
    }
}
