import Foundation
import HTTPTransport
import Moderation
import Runtime

/// Objects in a storage that speaks S3. Safe to use from many tasks.
public final class ObjectStorage: Sendable {
    /// Limits of each operation.
    public struct Rules: Hashable, Sendable {
        /// The most attempts at one request, including the first. Default 4.
        public var attempts = 4
        /// The waits between attempts.
        public var backoff = Backoff()
        /// The time limit for connecting. Default 10 s.
        public var connectDeadline: Duration = .seconds(10)
        /// The time limit for the first byte of an answer, and for each wait while an object is read. Default 30 s.
        public var answerDeadline: Duration = .seconds(30)
        /// The time limit for a request, other than reading an object. Default 15 min, in which a part has to be sent.
        public var wholeDeadline: Duration = .seconds(900)
        /// The time limit for reading one object. Default 6 h.
        public var readDeadline: Duration = .seconds(6 * 3600)
        /// Files of more bytes are sent in parts of this size, at least 5 MiB. Default 64 MiB.
        public var partSize = 64 << 20

        /// The defaults.
        public init() {}
    }

    /// What the storage says of an object.
    public struct Head: Hashable, Sendable {
        /// In bytes.
        public let size: Int
        /// Changes with the content. Quoted, as the storage has it.
        public let etag: String?
    }

    let settings: ObjectStorageSettings
    let rules: Rules
    let clock: TimeSource
    let userAgent: String
    private let client: HTTPClient
    let threads = BlockingThreads(count: 4, name: "s3")

    /// - Parameters:
    ///   - settings: Where the storage is, and who asks.
    ///   - userAgent: The `User-Agent` header.
    ///   - rules: The limits.
    ///   - clock: The time source. Default: the system's.
    /// - Throws: `HTTPClient.OutOfResources`.
    public init(
        _ settings: ObjectStorageSettings, userAgent: String, rules: Rules = Rules(), clock: TimeSource = .system
    ) throws {
        (self.settings, self.rules, self.clock, self.userAgent) = (settings, rules, clock, userAgent)
        client = try HTTPClient(connections: 8, userAgent: userAgent)
    }

    deinit { threads.close() }

    /// Where an object is, and what its requests are signed with, for a reader of ranges.
    public func signedURL(of address: ObjectAddress) -> (url: String, signing: RequestSigning) {
        (ObjectURL.make(settings, bucket: address.bucket, key: address.key), settings.signing)
    }

    /// Asks for an object's size and ETag. Reads its first byte, because only then a storage says what is missing, the
    /// bucket or the object.
    /// - Throws: `ObjectStorageError`, or `CancellationError`.
    public func head(_ address: ObjectAddress) async throws -> Head {
        var call = request("GET", address)
        call.headers.append(("Range", "bytes=0-0"))
        call.wantedHeaders = ["Content-Range", "ETag"]
        var answer = try await send(call, about: address, accepting: [416])
        if answer.status == 416 {
            // Of an object without bytes there is no first one.
            call.headers.removeAll { $0.name == "Range" }
            answer = try await send(call, about: address)
            guard answer.body.isEmpty else { throw ObjectStorageError(.changed, "\(address)") }
        }
        guard answer.status == 206 else { return Head(size: answer.body.count, etag: answer.headers["ETag"]) }
        guard let total = answer.headers["Content-Range"]?.wholeMatch(of: /bytes 0-0\/(\d+)/)?.1, let size = Int(total)
        else { throw ObjectStorageError(.unreadable, "\(address)") }
        return Head(size: size, etag: answer.headers["ETag"])
    }

    /// Deletes an object. One that is missing is no error.
    /// - Throws: `ObjectStorageError`, or `CancellationError`.
    public func delete(_ address: ObjectAddress) async throws {
        try await send(request("DELETE", address), about: address)
    }

    // MARK: Requests

    /// A signed request without a body.
    func request(
        _ method: String, _ address: ObjectAddress, query: [(name: String, value: String)] = [], ofBucket: Bool = false
    ) -> HTTPClientRequest {
        var call = HTTPClientRequest(
            url: ObjectURL.make(settings, bucket: address.bucket, key: ofBucket ? "" : address.key, query: query))
        call.method = method
        call.signing = settings.signing
        (call.connectDeadline, call.answerDeadline) = (rules.connectDeadline, rules.answerDeadline)
        call.wholeDeadline = rules.wholeDeadline
        // A byte of an object, or an error.
        call.maxAnswer = 64 << 10
        return call
    }

    /// Sends a request, repeatedly if needed. All of S3's are safe to repeat.
    /// - Parameter accepting: Statuses that are no errors, besides 2xx.
    @discardableResult
    func send(
        _ call: HTTPClientRequest, about address: ObjectAddress, accepting: Set<Int> = []
    ) async throws -> HTTPClientResponse {
        try await repeating(about: address) { _ in
            let answer = try await self.client.send(call)
            // A success that took long may turn out to be none after its status was sent.
            let isError = !(200...299).contains(answer.status) || ObjectStorageAnswer.failure(answer.body) != nil
            if !isError || accepting.contains(answer.status) { return .success(answer) }
            return .failure(
                Refusal(ObjectStorageAnswer.kind(status: answer.status, body: answer.body), answer.retryAfter))
        }
    }

    /// Why one attempt came to nothing.
    struct Refusal: Error {
        let kind: ObjectStorageError.Kind
        let retryAfter: Duration?

        init(_ kind: ObjectStorageError.Kind, _ retryAfter: Duration? = nil) {
            (self.kind, self.retryAfter) = (kind, retryAfter)
        }

        init(_ failure: HTTPFailure) {
            let isAnswer = failure.isTooLarge || failure.isRefused || failure.isBadURL
            kind = failure.isUntrusted ? .untrustedCertificate : isAnswer ? .unreadable : .unreachable("\(failure)")
            retryAfter = nil
        }

        var mayPass: Bool {
            switch kind {
            case .busy, .unreachable: true
            default: false
            }
        }
    }

    /// Repeats what may pass.
    /// - Parameter attempt: Is given the number of failed attempts before it.
    func repeating<Value: Sendable>(
        about address: ObjectAddress, _ attempt: (Int) async throws -> Result<Value, Refusal>
    ) async throws -> Value {
        var failed = 0
        while true {
            let refusal: Refusal
            do {
                switch try await attempt(failed) {
                case .success(let value): return value
                case .failure(let found): refusal = found
                }
            } catch let failure as HTTPFailure {
                if failure.isCancellation { throw CancellationError() }
                refusal = Refusal(failure)
            }
            failed += 1
            guard refusal.mayPass, failed < rules.attempts,
                let delay = rules.backoff.delay(
                    attempt: failed - 1, random: clock.random(), retryAfter: refusal.retryAfter)
            else { throw ObjectStorageError(refusal.kind, "\(address)") }
            try await clock.sleep(delay)
        }
    }
}
