import Foundation

/// `storage-server.py`, running: an S3 server that checks every signature, and what boto3 does with it.
public final class StorageServer: Sendable {
    public let port: Int
    private let program: RunningProgram

    /// One for all tests of a process, which ends with it. Each test has a bucket of its own.
    public static let shared = Result { try StorageServer() }

    public struct Problem: Error {
        let text: String

        public init(text: String) { self.text = text }
    }

    /// - Parameter region: The only one that it takes signatures for; `nil` for any.
    public init(region: String? = nil) throws {
        program = try Python(
            program: "ObjectStorage/storage-server.py", region.map { [$0] } ?? [], in: "objectstorage"
        ).start()
        guard let port = Int(program.announcement) else { throw Problem(text: program.announcement) }
        self.port = port
    }

    /// What `storage-server.py` knows.
    public static let accessKey = "AKIDFRAMESIFTTEST", secretKey = "a+secret/that=no:one&sees"
    public static let sessionToken = "temporary+token/of==a-session"

    /// The variables with which requests are let through.
    public var environment: [String: String] {
        [
            "AWS_ACCESS_KEY_ID": Self.accessKey, "AWS_SECRET_ACCESS_KEY": Self.secretKey, "AWS_REGION": "eu-central-1",
            "AWS_ENDPOINT_URL": "http://127.0.0.1:\(port)",
        ]
    }

    /// Has boto3 call a method of its client. One caller at a time.
    /// - Returns: The answer, as JSON.
    @discardableResult
    public func ask(_ method: String, _ arguments: [String: any Sendable] = [:]) throws -> Data {
        try Self.lock.withLock {
            let command = try JSONSerialization.data(withJSONObject: [method, arguments])
            try program.tell(String(decoding: command, as: UTF8.self))
            let answer = Data((try program.readLine() ?? "").utf8)
            if let problem = try? JSONDecoder().decode([String: String].self, from: answer)["problem"] {
                throw Problem(text: problem)
            }
            return answer
        }
    }

    private static let lock = NSLock()

    /// The SHA-256 of an object, as boto3 reads it.
    public func digest(_ bucket: String, _ key: String) throws -> String {
        try JSONDecoder().decode(String.self, from: ask("digest", ["Bucket": bucket, "Key": key]))
    }

    /// Makes a bucket that no other test has.
    public func makeBucket() throws -> String {
        let name = "test-\(UUID().uuidString.lowercased())"
        try ask("create_bucket", ["Bucket": name])
        return name
    }

    public func stop() { program.stop() }
}
