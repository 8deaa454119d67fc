import Digests
import Foundation
import HTTPTransport
import ObjectStorage
import TestSupport
import Testing

/// Against moto, behind a gate that checks each signature with botocore's own signer.
@Suite struct ObjectStorageTests {
    static let keys = [
        "plain.mp4", "a b.mp4", "a+b.mp4", "a%20b%.mp4", "\u{E4}\u{1F600}/e\u{301}.mp4", "a=b&c?d#e;f.mp4",
        "/a//b/./c/../d",
        "(a)*!'~-_.@:$,[b]{c}|\\^`\"<>", "tab\tand \u{1}", String(repeating: "\u{1F600}", count: 256),
    ]

    @Test(arguments: keys)
    func `what is put is what boto3 gets, and the other way round, whatever the key`(_ key: String) async throws {
        let server = try StorageServer.shared.get()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "file").path, content = bytes(100_001)
        try content.write(to: URL(filePath: file))
        let bucket = try server.makeBucket(), storage = try storage(server.environment)
        let address = try ObjectAddress(bucket: bucket, key: key)
        try await storage.put(file, to: address)
        #expect(try server.digest(bucket, key) == Digest(.sha256, of: content).hexadecimal)
        #expect(try await read(storage, address) == content)
        #expect(try await read(storage, address, range: 99_000..<99_100) == content[99_000..<99_100])
        #expect(try await storage.head(address).size == content.count)
        var listed: [ObjectAddress] = []
        for try await object in storage.list(try ObjectAddress(bucket: bucket, key: "")) {
            listed.append(object.address)
        }
        #expect(listed == [address])
        try await storage.delete(address)
        #expect(await kind { try await storage.head(address) } == .noSuchKey)
    }

    @Test(arguments: [0, 1, 300_000])
    func `files of any size are put and read`(_ size: Int) async throws {
        let server = try StorageServer.shared.get()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "file").path, content = bytes(size)
        try content.write(to: URL(filePath: file))
        let bucket = try server.makeBucket(), storage = try storage(server.environment)
        let address = try ObjectAddress("s3://\(bucket)/file")
        let etag = try await storage.put(file, to: address)
        #expect(try server.digest(bucket, "file") == Digest(.sha256, of: content).hexadecimal)
        let head = try await storage.head(address)
        #expect(head.size == size && head.etag == etag && etag != nil)
        #expect(try await read(storage, address) == content)
    }

    @Test(arguments: [
        (0..<1, 0..<1), (0..<10, 0..<10), (5..<7, 5..<7), (990..<5000, 990..<1000), (1000..<1001, 1000..<1000),
    ])
    func `a range is what it says, as far as there is any`(_ range: Range<Int>, _ expected: Range<Int>) async throws {
        let server = try StorageServer.shared.get()
        let bucket = try server.makeBucket(),
            text = String(decoding: (0..<1000).map { UInt8(33 + $0 % 90) }, as: UTF8.self)
        try server.ask("put_object", ["Bucket": bucket, "Key": "k", "Body": text])
        let found = try await read(try storage(server.environment), ObjectAddress("s3://\(bucket)/k"), range: range)
        #expect(found == Data(text.utf8)[expected])
    }

    @Test func `a large file goes in parts, and arrives whole`() async throws {
        let server = try StorageServer.shared.get()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "file").path, content = bytes(12 << 20)
        try content.write(to: URL(filePath: file))
        let bucket = try server.makeBucket(), storage = try storage(server.environment, partSize: 5 << 20)
        let etag = try await storage.put(file, to: ObjectAddress("s3://\(bucket)/a b"))
        #expect(etag?.hasSuffix("-3\"") == true)
        #expect(try server.digest(bucket, "a b") == Digest(.sha256, of: content).hexadecimal)
    }

    @Test func `an upload in parts that fails leaves none`() async throws {
        let server = try StorageServer.shared.get()
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "file").path
        try bytes(3 << 20).write(to: URL(filePath: file))
        // Parts of less than 5 MiB are refused when they are put together.
        let bucket = try server.makeBucket(), storage = try storage(server.environment, partSize: 1 << 20)
        let found = await kind { try await storage.put(file, to: ObjectAddress("s3://\(bucket)/k")) }
        #expect(found == .other(code: "EntityTooSmall", status: 400))
        let uploads = try server.ask("list_multipart_uploads", ["Bucket": bucket])
        #expect(!String(decoding: uploads, as: UTF8.self).contains("UploadId\": \""))
    }

    @Test func `a list of 2300 objects comes over pages, and only what is under the prefix`() async throws {
        let server = try StorageServer.shared.get()
        let bucket = try server.makeBucket(), storage = try storage(server.environment)
        try server.ask("fill", ["Bucket": bucket, "Prefix": "in/a b+", "count": 2300])
        try server.ask("put_object", ["Bucket": bucket, "Key": "in"])
        try server.ask("put_object", ["Bucket": bucket, "Key": "in/"])
        try server.ask("put_object", ["Bucket": bucket, "Key": "inside"])
        var keys: [String] = [], sizes = 0
        for try await object in storage.list(try ObjectAddress("s3://\(bucket)/in/")) {
            keys.append(object.address.key)
            sizes += object.size
        }
        #expect(keys == (0..<2300).map { "in/a b+" + String(format: "%05d", $0) })
        #expect(sizes == (0..<2300).reduce(0) { $0 + $1 % 7 })
        let seen = try JSONDecoder().decode([[String?]].self, from: server.ask("seen"))
        #expect(seen.count { $0[1]?.hasPrefix("/\(bucket)?") == true } == 3)
    }

    @Test func `what is missing is told apart`() async throws {
        let server = try StorageServer.shared.get()
        let bucket = try server.makeBucket(), storage = try storage(server.environment)
        let missing = try ObjectAddress("s3://\(bucket)/none"), nowhere = try ObjectAddress("s3://no-such-bucket/none")
        #expect(await kind { try await storage.head(missing) } == .noSuchKey)
        #expect(await kind { try await storage.get(missing) { _ in } } == .noSuchKey)
        #expect(await kind { try await storage.head(nowhere) } == .noSuchBucket)
        #expect(await kind { try await storage.get(nowhere) { _ in } } == .noSuchBucket)
        #expect(await kind { try await storage.put("/dev/null", to: nowhere) } == .file("this is not a file"))
        let listing = storage.list(nowhere).makeAsyncIterator()
        #expect(
            await kind {
                var listing = listing; return try await listing.next() as Any
            } == .noSuchBucket)
        try await storage.delete(missing)
    }

    @Test func `only the right credentials are let through, with a session's token or without`() async throws {
        let server = try StorageServer.shared.get()
        let bucket = try server.makeBucket()
        try server.ask("put_object", ["Bucket": bucket, "Key": "k", "Body": "text"])
        let address = try ObjectAddress("s3://\(bucket)/k")
        let attempt = { (changes: [String: String]) in
            let storage = try storage(server.environment.merging(changes) { $1 })
            return await kind { try await read(storage, address) }
        }
        #expect(try await attempt([:]) == nil)
        #expect(try await attempt(["AWS_SESSION_TOKEN": StorageServer.sessionToken]) == nil)
        #expect(try await attempt(["AWS_SECRET_ACCESS_KEY": "wrong"]) == .refused(code: "SignatureDoesNotMatch"))
        #expect(try await attempt(["AWS_ACCESS_KEY_ID": "other"]) == .refused(code: "InvalidAccessKeyId"))
        #expect(try await attempt(["AWS_SESSION_TOKEN": "other"]) == .refused(code: "InvalidToken"))
    }

    @Test func `a signature is for a region, and which is the right one is said`() async throws {
        let server = try StorageServer(region: "eu-central-1")
        defer { server.stop() }
        let bucket = try server.makeBucket(), address = try ObjectAddress("s3://\(bucket)/none")
        let right = try storage(server.environment)
        let wrong = try storage(server.environment.merging(["AWS_REGION": "us-east-1"]) { $1 })
        #expect(await kind { try await right.head(address) } == .noSuchKey)
        #expect(await kind { try await wrong.head(address) } == .otherRegion("eu-central-1"))
    }

    @Test func `a bucket can be named by the host`() async throws {
        let server = try StorageServer.shared.get()
        let bucket = try server.makeBucket()
        try server.ask("put_object", ["Bucket": bucket, "Key": "a b", "Body": "text"])
        let storage = try storage(
            server.environment.merging(
                ["AWS_ENDPOINT_URL": "http://localhost:\(server.port)", "FRAMESIFT_S3_STYLE": "virtual"]
            ) { $1 })
        #expect(try await read(storage, ObjectAddress("s3://\(bucket)/a b")) == Data("text".utf8))
        let seen = try JSONDecoder().decode([[String?]].self, from: server.ask("seen"))
        #expect(seen.contains { $0[1] == "/a%20b" })
    }
}
