import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// The program, given addresses of objects.
@Suite struct StoredInputTests {
    static let key = "a b+c%25=\u{E4}/qr.mp4"

    /// A bucket with a clip under `key`, and something that is no clip.
    private func bucket(_ server: StorageServer) throws -> String {
        let bucket = try server.makeBucket()
        try server.ask("put_object", ["Bucket": bucket, "Key": Self.key, "File": Fixtures.sample("qr.mp4")])
        try server.ask("put_object", ["Bucket": bucket, "Key": "text", "Body": "no video"])
        try server.ask("put_object", ["Bucket": bucket, "Key": "empty", "Body": ""])
        let playlist = "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\ntext\n#EXT-X-ENDLIST\n"
        try server.ask("put_object", ["Bucket": bucket, "Key": "list.m3u8", "Body": playlist])
        return bucket
    }

    private func framesift(_ arguments: [String], _ environment: [String: String]) throws -> Finished {
        try run(ServerProgram.path, arguments, environment: environment)
    }

    @Test(arguments: ["on", "off"])
    func `a clip in a bucket is checked as the file is`(_ sandbox: String) throws {
        let server = try StorageServer.shared.get()
        let address = "s3://\(try bucket(server))/\(Self.key)"
        let options = ["--task", "qr_code_moderation", "--format", "json", "--sandbox", sandbox]
        let stored = try ModerationResult(
            json: framesift(["check", address] + options, server.environment).ending(with: 0).output)
        let local = try ModerationResult(
            json: framesift(["check", Fixtures.sample("qr.mp4")] + options, [:]).ending(with: 0).output)
        #expect(stored.finalDecision == .ko && local.finalDecision == .ko)
        #expect(stored.media.uri == address)
        let frames = { (result: ModerationResult) in
            result.frames.map { "\($0.info.position) \(String(describing: $0.info.pts)) \($0.scores)" }
        }
        #expect(frames(stored) == frames(local) && stored.frames.count == 12)
    }

    @Test func `what lies under a prefix is a batch, in which each version of an object is judged once`() throws {
        let server = try StorageServer.shared.get()
        let bucket = try server.makeBucket()
        for key in ["one/a.mp4", "one/b.mp4", "two/c.mp4"] {
            try server.ask("put_object", ["Bucket": bucket, "Key": key, "File": Fixtures.sample("qr.mp4")])
        }
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func states() throws -> [String] {
            let arguments = [
                "check", "s3://\(bucket)/one/", "-o", folder.url.path, "--task", "qr_code_moderation", "--quiet",
            ]
            try framesift(arguments, server.environment).ending(with: 0)
            let index = try String(contentsOf: folder.url.appending(path: "index.ndjson"), encoding: .utf8)
            return try index.split(separator: "\n").map { line in
                let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
                return "\(row?["input"] ?? "") \(row?["state"] ?? "") \(row?["final_decision"] ?? "")"
            }.sorted()
        }
        let one = "s3://\(bucket)/one/"
        #expect(try states() == ["\(one)a.mp4 finished KO", "\(one)b.mp4 finished KO"])
        try server.ask("put_object", ["Bucket": bucket, "Key": "one/b.mp4", "File": Fixtures.sample("phone.mp4")])
        let again = try states()
        #expect(again.first == "\(one)a.mp4 skipped KO" && again.last?.contains("b.mp4 finished") == true, "\(again)")
    }

    @Test func `hash and sample read objects, too`() throws {
        let server = try StorageServer.shared.get()
        let address = "s3://\(try bucket(server))/\(Self.key)"
        let stored = try framesift(["hash", address], server.environment).ending(with: 0)
        #expect(try stored.text == framesift(["hash", Fixtures.sample("qr.mp4")], [:]).ending(with: 0).text)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try framesift(["sample", address, "-o", folder.url.path], server.environment).ending(with: 0)
        #expect(try folder.names().contains("00000012.jpg"))
    }

    @Test func `what is wrong is said in a sentence, with an exit code of its own`() throws {
        let server = try StorageServer.shared.get()
        let bucket = try bucket(server), right = server.environment
        let check = { (address: String, changes: [String: String]) in
            try framesift(["check", address, "--task", "qr_code_moderation"], right.merging(changes) { $1 })
        }
        let clip = "s3://\(bucket)/\(Self.key)"
        let cases: [(String, [String: String], Int32, String)] = [
            ("s3://\(bucket)/none", [:], 65, "no object with this key"),
            ("s3://no-such-bucket/none", [:], 65, "no such bucket"),
            ("s3://\(bucket)/text", [:], 65, "not a readable video"),
            ("s3://\(bucket)/empty", [:], 65, "the object is empty"),
            ("s3://\(bucket)/list.m3u8", [:], 65, "are not read"),
            (clip, ["AWS_SECRET_ACCESS_KEY": "wrong-secret"], 77, "SignatureDoesNotMatch"),
            (clip, ["AWS_SECRET_ACCESS_KEY": ""], 77, "AWS_SECRET_ACCESS_KEY"),
            (clip, ["AWS_ENDPOINT_URL": "http://127.0.0.1:1"], 74, "cannot be reached"),
            (clip, ["AWS_ENDPOINT_URL": "nowhere"], 64, "AWS_ENDPOINT_URL"),
            ("s3://\(bucket)/", [:], 64, "-o DIR"),
            ("s3://B/k", [:], 64, "no name of a bucket"),
        ]
        for (address, changes, code, words) in cases {
            let finished = try check(address, changes)
            #expect(finished.status == code && finished.errors.contains(words), "\(address): \(finished.errors)")
            let printed = finished.errors + finished.text
            #expect(!printed.contains(StorageServer.secretKey) && !printed.contains("wrong-secret"))
        }
        #expect(try check(clip, [:]).status == 0)
    }

    @Test func `a storage that is overloaded now and then is read all the same`() throws {
        let finished = try Python(
            program: "ObjectStorage/busy-now-and-then.py", [ServerProgram.path, Fixtures.sample("qr.mp4")],
            in: "objectstorage"
        ).run().ending()
        #expect(try finished.text == framesift(["hash", Fixtures.sample("qr.mp4")], [:]).ending(with: 0).text)
    }

    @Test func `decoders do not have the credentials`() throws {
        let finished = try Python(
            program: "ObjectStorage/decoders-know-nothing.py", [ServerProgram.path, Fixtures.sample("qr.mp4")],
            in: "objectstorage"
        ).run()
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.text.contains("decoders that have the secret: 0 of 2; framesift has it: True"))
    }
}
