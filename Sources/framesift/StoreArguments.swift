import ArgumentParser
import Foundation
import ObjectStorage
import Server
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

    @Option(
        help: ArgumentHelp(
            """
            A bucket for the files of submitted videos, which all processes of the store can read: s3://BUCKET/PREFIX/. \
            Credentials come from AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Default: a folder of this machine's.
            """, valueName: "address"))
    var media: String?

    /// The bucket; `nil` for a folder of this machine's.
    /// - Throws: `ValidationError`, `ObjectStorageError`.
    func jobMedia() throws -> JobMedia? {
        guard let media else { return nil }
        do {
            let prefix = try ObjectAddress(media)
            guard prefix.isPrefix else { throw ValidationError("--media \(media): a prefix ends with /.") }
            return JobMedia(try ObjectStorage.standard(), under: prefix)
        } catch let problem as ObjectAddress.Problem {
            throw ValidationError("--media \(media): \(problem).")
        }
    }

    /// The database; `nil` for a file of this machine's.
    /// - Throws: `ValidationError`.
    func address(environment: [String: String]) throws -> PostgreSQLAddress? {
        try Self.address(store, environment: environment)
    }

    /// - Parameter store: An address without a password; `nil`: FRAMESIFT_STORE.
    static func address(_ store: String?, environment: [String: String]) throws -> PostgreSQLAddress? {
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
