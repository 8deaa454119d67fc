import Foundation
import TestSupport
import Testing

/// What a worker says of a store that it cannot use, and how it ends.
@Suite(.timeLimit(.minutes(3))) struct StartTests {
    private func work(_ store: String?, _ arguments: String...) throws -> Finished {
        let state = try TemporaryFolder()
        defer { state.remove() }
        var environment = ["XDG_STATE_HOME": state.url.path, "FRAMESIFT_STORE": ""]
        if let store { environment["FRAMESIFT_STORE"] = store }
        // A sentence that no start ends with is the last resort: without a problem it would go on.
        return try run(
            "timeout", ["60", ServerProgram.path, "work", "--log-level", "error"] + arguments, environment: environment)
    }

    private func expect(_ found: Finished, _ status: Int32, _ words: String, _ place: SourceLocation = #_sourceLocation)
    {
        #expect(found.status == status, "\(found)", sourceLocation: place)
        #expect(found.errors.contains(words), "\(found.errors)", sourceLocation: place)
        #expect(!found.errors.contains("s3cret"), sourceLocation: place)
    }

    private func sql(_ statement: String, _ address: String) throws {
        try run("psql", ["-qc", statement, address]).ending()
    }

    @Test func `a database that is not there ends the start with a sentence, without its password`() throws {
        let found = try work("postgresql://somebody:s3cret@127.0.0.1:1/nothing")
        expect(found, 74, "The state in postgresql://127.0.0.1:1/nothing cannot be opened: ")
        #expect(found.errors.split(separator: "\n").count == 1)
    }

    @Test func `tables of a newer version are left alone`() throws {
        let address = try PostgreSQLServer.makeDatabase()
        try sql(
            "CREATE TABLE migration (number BIGINT PRIMARY KEY, name TEXT); INSERT INTO migration VALUES (1000, 'x')",
            address)
        expect(try work(address), 74, "newer version of Framesift")
    }

    @Test func `a database that takes no changes cannot be used`() throws {
        let address = try PostgreSQLServer.makeDatabase()
        let name = try #require(address.firstMatch(of: /test_[0-9a-f]+/)?.0)
        try sql("ALTER DATABASE \(name) SET default_transaction_read_only = on", address)
        expect(try work(address), 74, "read-only transaction")
    }

    @Test func `an address with a password is no argument, and a worker needs an address`() throws {
        expect(try work(nil, "--store", "postgresql://u:s3cret@h/d"), 64, "PGPASSWORD")
        expect(try work(nil, "--store", "mysql://h/d"), 64, "postgresql://")
        expect(try work(nil), 64, "--store")
    }
}
