import Base
import CHTTP
import Foundation
import Synchronization

/// An HTTP request.
public struct HTTPClientRequest: Sendable {
    /// A part of a multipart/form-data body.
    public struct Part: Sendable {
        enum Content: Sendable {
            case text(String)
            case bytes([UInt8])
            /// Read in pieces while it is sent.
            case file(path: String)
        }
        let name: String
        let content: Content
        let filename: String?
        let type: String?

        /// A text field.
        public static func field(_ name: String, _ value: String) -> Part {
            Part(name: name, content: .text(value), filename: nil, type: nil)
        }
        /// A JPEG, sent as `frame.jpg`.
        public static func jpeg(_ name: String, _ bytes: [UInt8]) -> Part {
            Part(name: name, content: .bytes(bytes), filename: "frame.jpg", type: "image/jpeg")
        }
        /// A file, sent under its own name. It is read in pieces while it is sent.
        public static func file(_ name: String, path: String) -> Part {
            let filename = path.split(separator: "/").last.map(String.init) ?? "video"
            return Part(name: name, content: .file(path: path), filename: filename, type: "application/octet-stream")
        }
    }

    /// Default `POST`.
    public var method = "POST"
    /// An absolute URL.
    public var url: String
    /// Headers besides `User-Agent`. Multipart and URL-encoded bodies bring their own `Content-Type`.
    public var headers: [(name: String, value: String)] = []
    /// A multipart body; empty for none.
    public var parts: [Part] = []
    /// A URL-encoded body; empty for none.
    public var form: [(name: String, value: String)] = []
    /// A body to send unchanged; `nil` for none.
    public var body: Data?
    /// The path of a file to send as the body. It is read in pieces while it is sent.
    public var bodyPath: String?
    /// The bytes of `bodyPath` to send. `nil` for all.
    public var bodyRange: Range<Int>?
    /// Signs the request. The URL is sent as it is then, and has to be in canonical form. `nil` for no signature.
    public var signing: RequestSigning?
    /// The names of the headers that `HTTPClientResponse.headers` is to have.
    public var wantedHeaders: [String] = []
    /// Whether to connect to public addresses only. Set it if an untrusted client named the URL.
    public var publicAddressesOnly = false
    /// The time limit for connecting. Default 10 s.
    public var connectDeadline: Duration = .seconds(10)
    /// The time limit from the last byte sent to the first received. Default 60 s.
    public var answerDeadline: Duration = .seconds(60)
    /// The time limit for the whole call. Default 120 s.
    public var wholeDeadline: Duration = .seconds(120)
    /// Called repeatedly, on the client's thread, with the bytes sent and the bytes to send. It must not block.
    public var progress: (@Sendable (_ sent: Int, _ total: Int) -> Void)?
    /// The largest response accepted, in bytes. Default 16 MiB.
    public var maxAnswer = 16 << 20

    /// A `POST` without a body.
    public init(url: String) { self.url = url }
}

/// A response, whatever its status.
public struct HTTPClientResponse: Sendable {
    /// The HTTP status code.
    public let status: Int
    /// The response's bytes.
    public let body: Data
    /// Those of the wanted headers that there are, by the names that were asked for.
    public let headers: [String: String]
    /// The time to wait that the server asks for, if any.
    public let retryAfter: Duration?
    /// Bytes of the request's body that were sent.
    public let bytesSent: Int
}

/// Why there is no response.
public struct HTTPFailure: Error, Hashable, Sendable, CustomStringConvertible {
    /// One of `CHTTP_ERROR_…`.
    public let code: Int32
    /// Whether a response had begun. The request was accepted then and may have been charged.
    public let answered: Bool
    /// Bytes of the request's body that were sent.
    public let bytesSent: Int

    /// A phrase for people.
    public var description: String { String(cString: chttp_error_text(code)) }
    /// Whether the call was cancelled.
    public var isCancellation: Bool { code == Int32(CHTTP_ERROR_CANCELLED) }
    /// Whether the address, or that of a redirect, is not public.
    public var isRefused: Bool { code == Int32(CHTTP_ERROR_REFUSED) }
    /// Whether the body has more bytes than the limit.
    public var isTooLarge: Bool { code == Int32(CHTTP_ERROR_TOO_LARGE) }
    /// Whether the URL makes no sense.
    public var isBadURL: Bool { code == Int32(CHTTP_ERROR_BAD_URL) }
    /// Whether the server's certificate is not trusted.
    public var isUntrusted: Bool { code == Int32(CHTTP_ERROR_CERTIFICATE) }
}

/// Makes many HTTP calls at once, on one thread and with one pool of connections. Redirects are not followed. The usual
/// environment variables set proxies and certificate authorities.
///
/// `@unchecked Sendable`: the C client locks what its functions share and lives as long as this object.
public final class HTTPClient: @unchecked Sendable {
    private let handle: OpaquePointer
    private let userAgent: String
    private let opened = Count()

    /// The C client could not be created or could not start a call.
    public struct OutOfResources: Error {}

    /// - Parameters:
    ///   - connections: The most connections to one host, and the most kept open.
    ///   - userAgent: The `User-Agent` header.
    /// - Throws: `OutOfResources`.
    public init(connections: Int, userAgent: String) throws {
        guard let handle = chttp_client_create(Int32(connections)) else { throw OutOfResources() }
        self.handle = handle
        self.userAgent = userAgent
    }

    deinit { chttp_client_destroy(handle) }

    /// Connections opened so far.
    public var connectionsOpened: Int { opened.value.withLock { $0 } }

    /// Sends a request.
    /// - Returns: The response, whatever its status.
    /// - Throws: `HTTPFailure`, `OutOfResources`, or `CancellationError` if the task was cancelled before the call
    ///   began.
    public func send(_ call: HTTPClientRequest) async throws -> HTTPClientResponse {
        let number = Mutex<Int64>(0)
        return try await withTaskCancellationHandler {
            try Task.checkCancellation()
            return try await withCheckedThrowingContinuation { continuation in
                // The box must not retain the client: it is released on the client's thread, which cannot join itself.
                let box = Unmanaged.passRetained(
                    Box(call) { [opened] result, connections in
                        opened.value.withLock { $0 += connections }
                        continuation.resume(with: result)
                    })
                let started = start(call, box.toOpaque())
                if started == 0 { box.takeRetainedValue().done(.failure(OutOfResources()), 0) }
                number.withLock { $0 = started }
                if Task.isCancelled { chttp_client_cancel(handle, started) }
            }
        } onCancel: {
            chttp_client_cancel(handle, number.withLock { $0 })
        }
    }

    private func start(_ call: HTTPClientRequest, _ context: UnsafeMutableRawPointer) -> Int64 {
        let memory = Arena()
        let form = call.form.map { "\($0.name)=\($0.value.formEscaped)" }.joined(separator: "&")
        let type = form.isEmpty ? [] : ["Content-Type: application/x-www-form-urlencoded"]
        let headers = memory.list(call.headers.map { "\($0.name): \($0.value)" } + type)
        let parts = call.parts.map { part in
            var made = chttp_part()
            made.name = memory.text(part.name)
            made.filename = part.filename.map(memory.text)
            made.type = part.type.map(memory.text)
            switch part.content {
            case .text(let value): made.value = memory.text(value)
            case .bytes(let bytes): (made.bytes, made.size) = (memory.bytes(bytes), bytes.count)
            case .file(let path): made.path = memory.text(path)
            }
            return made
        }
        return parts.withUnsafeBufferPointer { parts in
            var native = chttp_call()
            native.method = memory.text(call.method)
            native.url = memory.text(call.url)
            native.user_agent = memory.text(userAgent)
            native.headers = headers
            native.parts = parts.baseAddress
            native.part_count = parts.count
            native.public_only = call.publicAddressesOnly
            if let body = call.body { (native.body, native.body_size) = (memory.bytes(body), body.count) }
            if !form.isEmpty { (native.body, native.body_size) = (memory.bytes(form.utf8), form.utf8.count) }
            native.body_path = call.bodyPath.map(memory.text)
            native.body_offset = Int64(call.bodyRange?.lowerBound ?? 0)
            native.body_length = Int64(call.bodyRange?.count ?? 0)
            native.signing = call.signing?.handle
            if call.progress != nil { native.progress = tellProgress }
            native.connect_ms = Int64(call.connectDeadline.wholeMilliseconds)
            native.first_byte_ms = Int64(call.answerDeadline.wholeMilliseconds)
            native.total_ms = Int64(call.wholeDeadline.wholeMilliseconds)
            native.max_response = Int64(call.maxAnswer)
            // The C function copies everything before it returns.
            return withExtendedLifetime((memory, call)) { chttp_client_start(handle, &native, finish, context) }
        }
    }
}

private final class Count: Sendable {
    let value = Mutex(0)
}

/// The callbacks of one call. Released when the call ends.
private final class Box: Sendable {
    let progress: (@Sendable (Int, Int) -> Void)?
    let wantedHeaders: [String]
    let done: @Sendable (Result<HTTPClientResponse, any Error>, Int) -> Void

    init(
        _ call: HTTPClientRequest,
        _ done: @escaping @Sendable (Result<HTTPClientResponse, any Error>, Int) -> Void
    ) {
        progress = call.progress
        wantedHeaders = call.wantedHeaders
        self.done = done
    }
}

private let tellProgress: chttp_progress = { context, sent, total in
    guard let context else { return }
    Unmanaged<Box>.fromOpaque(context).takeUnretainedValue().progress?(Int(sent), Int(total))
}

private let finish: chttp_done = { context, answer in
    guard let context else { return }
    let native = answer
    let answer = native.pointee
    let box = Unmanaged<Box>.fromOpaque(context).takeRetainedValue()
    guard answer.code == 0 else {
        let failure = HTTPFailure(code: answer.code, answered: answer.answered, bytesSent: Int(answer.bytes_sent))
        box.done(.failure(failure), Int(answer.connections))
        return
    }
    let headers = box.wantedHeaders.map { name in (name, chttp_answer_header(native, name).map { String(cString: $0) })
    }
    let body = answer.body.map { Data(bytes: $0, count: answer.body_size) } ?? Data()
    box.done(
        .success(
            HTTPClientResponse(
                status: Int(answer.status), body: body,
                headers: Dictionary(headers) { $1 }.compactMapValues(\.self),
                retryAfter: answer.retry_after_ms < 0 ? nil : .milliseconds(answer.retry_after_ms),
                bytesSent: Int(answer.bytes_sent))), Int(answer.connections))
}

/// Owns C strings and bytes for the duration of one C call.
private final class Arena {
    private var pointers: [UnsafeMutableRawPointer] = []

    deinit { for pointer in pointers { pointer.deallocate() } }

    func bytes(_ bytes: some Collection<UInt8>) -> UnsafePointer<UInt8> {
        let copy = UnsafeMutablePointer<UInt8>.allocate(capacity: max(1, bytes.count))
        _ = UnsafeMutableBufferPointer(start: copy, count: bytes.count).initialize(from: bytes)
        pointers.append(copy)
        return UnsafePointer(copy)
    }

    func text(_ text: String) -> UnsafePointer<CChar> {
        UnsafeRawPointer(bytes(Array(text.utf8) + [0])).assumingMemoryBound(to: CChar.self)
    }

    /// Null-terminated.
    func list(_ texts: [String]) -> UnsafePointer<UnsafePointer<CChar>?> {
        let list = UnsafeMutablePointer<UnsafePointer<CChar>?>.allocate(capacity: texts.count + 1)
        for (index, one) in texts.enumerated() { (list + index).initialize(to: text(one)) }
        (list + texts.count).initialize(to: nil)
        pointers.append(list)
        return UnsafePointer(list)
    }
}

extension String {
    fileprivate var formEscaped: String {
        let plain = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
        return addingPercentEncoding(withAllowedCharacters: plain) ?? ""
    }
}
