import Foundation
import HTTPTransport
import ObjectStorage
import Synchronization
import TestSupport
import Testing

/// Servers that fail, or answer what S3 would not.
@Suite struct HostileStorageTests {
    let address: ObjectAddress

    init() throws { address = try ObjectAddress("s3://clips/in/a") }

    private func faulty(_ server: FaultServer) throws -> ObjectStorage { try storage(server) }

    private func page(_ keys: [String], next: String? = nil) -> String {
        let entries = keys.map { "<Contents><Key>\($0)</Key><Size>1</Size></Contents>" }.joined()
        let more = next.map { "<IsTruncated>true</IsTruncated><NextContinuationToken>\($0)</NextContinuationToken>" }
        return
            "<?xml version=\"1.0\"?><ListBucketResult>\(entries)\(more ?? "<IsTruncated>false</IsTruncated>")</ListBucketResult>"
    }

    private func list(_ script: FaultServer.Behaviour...) async throws -> (
        keys: [String], kind: ObjectStorageError.Kind?
    ) {
        let server = try FaultServer(script)
        defer { _ = server.stop() }
        var keys: [String] = []
        do {
            for try await object in try storage(server).list(ObjectAddress("s3://clips/in/")) {
                keys.append(object.address.key)
            }
        } catch let error as ObjectStorageError {
            return (keys, error.kind)
        }
        return (keys, nil)
    }

    @Test func `what fails is tried again, after longer and longer`() async throws {
        let waits = Waits()
        let slow = "<Error><Code>SlowDown</Code></Error>"
        let server = try FaultServer([
            .init(status: 503, body: slow), .init(kind: "reset"), .init(status: 500), .init(body: "text"),
        ])
        #expect(try await read(try storage(server, waits: waits), address) == Data("text".utf8))
        #expect(waits.all.withLock { $0 } == [.milliseconds(500), .seconds(1), .seconds(2)])
        #expect(server.stop() == Array(repeating: "/clips/in/a", count: 4))
    }

    @Test func `a storage that goes on failing is given up, with its status`() async throws {
        let server = try FaultServer([.init(status: 503, headers: ["Retry-After": "7"])])
        let waits = Waits()
        let storage = try storage(server, waits: waits)
        #expect(await kind { try await storage.head(address) } == .busy(status: 503))
        #expect(waits.all.withLock { $0 } == Array(repeating: .seconds(7), count: 3))
        #expect(server.stop().count == 4)
    }

    @Test func `refusals are not tried again`() async throws {
        let server = try FaultServer([.init(status: 403, body: "<Error><Code>AccessDenied</Code></Error>")])
        let storage = try storage(server)
        #expect(await kind { try await storage.delete(address) } == .refused(code: "AccessDenied"))
        #expect(server.stop().count == 1)
    }

    @Test func `an unknown code is kept, and a text that is none is not`() async throws {
        for (code, expected) in [("NewKindOfProblem", "NewKindOfProblem"), ("a b\nsecret", nil)] {
            let server = try FaultServer([
                .init(status: 418, body: "<Error><Code>\(code)</Code><Message>m</Message></Error>")
            ])
            let storage = try storage(server)
            #expect(await kind { try await storage.head(address) } == .other(code: expected, status: 418))
            _ = server.stop()
        }
    }

    @Test func `an error that comes after a status of success is one`() async throws {
        let server = try FaultServer([.init(body: "<Error><Code>NoSuchBucket</Code></Error>")])
        let storage = try storage(server)
        #expect(await kind { try await storage.delete(address) } == .noSuchBucket)
        _ = server.stop()
    }

    @Test func `where the connection breaks, reading goes on, but not in another object`() async throws {
        let server = try StorageServer.shared.get()
        let bucket = try server.makeBucket(), storage = try storage(server.environment)
        let address = try ObjectAddress("s3://\(bucket)/k"), text = String(repeating: "0123456789", count: 50_000)
        try server.ask("put_object", ["Bucket": bucket, "Key": "k", "Body": text])
        try server.ask("cut", ["Path": "/\(bucket)/k"])
        #expect(try await read(storage, address) == Data(text.utf8))
        try server.ask("cut", ["Path": "/\(bucket)/k"])
        #expect(try await read(storage, address, range: 100_000..<300_000) == Data(text.utf8)[100_000..<300_000])

        let half = FaultServer.Behaviour(kind: "end-mid-body", headers: ["ETag": "\"1\""], body: text)
        let other = FaultServer.Behaviour(status: 206, headers: ["ETag": "\"2\""], body: text)
        let changing = try FaultServer([half, other]), changed = try self.faulty(changing)
        #expect(await kind { try await read(changed, address) } == .changed)
        _ = changing.stop()
    }

    @Test(arguments: [200, 404, 503])
    func `a body without an end is not read to it`(_ status: Int) async throws {
        let filler = String(repeating: "<Contents><Key>in/a</Key><Size>1</Size></Contents>", count: 1000)
        let endless = FaultServer.Behaviour(kind: "endless", status: status, body: filler)
        #expect(try await list(endless).kind == .unreadable)
        let server = try FaultServer([endless])
        let storage = try storage(server)
        #expect(await kind { try await storage.head(address) } == .unreadable)
        if status != 200 {
            let found = await kind { try await storage.get(address) { _ in } }
            #expect(found == (status == 404 ? .noSuchKey : .busy(status: 503)))
        }
        _ = server.stop()
    }

    @Test func `a range from a server that knows none is not taken`() async throws {
        let server = try FaultServer([.init(body: "0123456789")])
        let storage = try storage(server)
        #expect(try await read(storage, address, range: 0..<5) == Data("01234".utf8))
        #expect(await kind { try await read(storage, address, range: 5..<7) } == .unreadable)
        _ = server.stop()
    }

    @Test func `lists that make no sense are refused, and one that does is not`() async throws {
        #expect(try await list(.init(body: page(["in/a", "in/b"]))) == (["in/a", "in/b"], nil))
        #expect(try await list(.init(body: page(["in/a", "out/b"]))) == ([], .unreadable))
        #expect(
            try await list(.init(body: page(["in/a"], next: "1")), .init(body: page(["in/b"]))) == (
                ["in/a", "in/b"], nil
            ))
        #expect(try await list(.init(body: page(["in/a"], next: "same"))) == (["in/a"], .unreadable))
        #expect(try await list(.init(body: page(["in/a"], next: ""))).kind == .unreadable)
        #expect(try await list(.init(body: "")).kind == .unreadable)
        #expect(try await list(.init(body: "{}")).kind == .unreadable)
        #expect(try await list(.init(body: page(["in/&x;"]))).kind == .unreadable)
        let entity = "<!DOCTYPE a [<!ENTITY x \"in/a\">]>" + page(["&x;"])
        #expect(try await list(.init(body: entity)).kind == .unreadable)
        #expect(try await list(.init(body: "<a>", times: 500_000)).kind == .unreadable)
        #expect(try await list(.init(body: page(["in/" + String(repeating: "k", count: 1022)]))).kind == .unreadable)
    }

    @Test func `a redirect is not followed`() async throws {
        let other = try FaultServer([.init(body: "text")])
        let server = try FaultServer([
            .init(
                status: 307, headers: ["Location": other.address + "/"],
                body: "<Error><Code>TemporaryRedirect</Code></Error>")
        ])
        let storage = try storage(server)
        #expect(await kind { try await storage.head(address) } == .otherRegion(nil))
        #expect(await kind { try await read(storage, address) } == .otherRegion(nil))
        #expect(other.stop().isEmpty && server.stop().count == 2)
    }

    @Test func `reading that is cancelled ends, though the server says nothing`() async throws {
        let server = try FaultServer([.init(kind: "silence")])
        let storage = try storage(server)
        let address = address
        let reading = Task { try await storage.get(address) { _ in } }
        try await server.waitForRequest()
        reading.cancel()
        await #expect(throws: CancellationError.self) { try await reading.value }
        _ = server.stop()
    }

    @Test func `nobody who listens is unreachable`() async throws {
        let storage = try storage([
            "AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret", "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        ])
        guard case .unreachable = await kind({ try await storage.head(address) }) else {
            Issue.record("it is not unreachable")
            return
        }
    }
}
