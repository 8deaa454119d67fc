import ArgumentParser
import Foundation
import Store

/// Where jobs, judgements, callbacks and quotas are kept.
struct StoreArguments: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            """
            A PostgreSQL database that several machines share: postgresql://[USER@]HOST[:PORT]/DATABASE. The password \
            comes from PGPASSWORD, the file that PGPASSFILE names, or the whole address from FRAMESIFT_STORE. Default: \
            a file of this machine's.
            """, valueName: "address"))
    var store: String?

    /// The database; `nil` for a file of this machine's.
    /// - Throws: `ValidationError`.
    func address(environment: [String: String]) throws -> PostgreSQLAddress? {
        do {
            if let store { return try PostgreSQLAddress(store, isSecret: false) }
            return try environment["FRAMESIFT_STORE"].flatMap { text in
                text.isEmpty ? nil : try PostgreSQLAddress(text, isSecret: true)
            }
        } catch {
            throw ValidationError("\(error)")
        }
    }

    /// The files that libpq reads whenever it connects: passwords and certificates.
    static func files(environment: [String: String]) -> [String] {
        let named = ["PGPASSFILE", "PGSSLCERT", "PGSSLKEY", "PGSSLROOTCERT", "PGSSLCRL", "PGSERVICEFILE"]
        let home = environment["HOME"].map { ["\($0)/.pgpass", "\($0)/.postgresql", "\($0)/.pg_service.conf"] } ?? []
        return named.compactMap { environment[$0] } + home
    }
}
