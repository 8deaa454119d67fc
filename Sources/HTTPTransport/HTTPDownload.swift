import Base
import CHTTP
import Synchronization

/// A response body that is read piece by piece. Redirects are followed; every address is checked before it is connected to.
///
/// All calls block: make them on threads of their own.
public final class HTTPDownload {
    /// The limits of a download.
    public struct Limits: Sendable {
        /// Whether private, loopback and other special addresses may be connected to. Default false.
        public var allowsPrivate = false
        /// For name resolution, connection and TLS.
        public var connectDeadline: Duration = .seconds(5)
        /// For each wait for bytes.
        public var idleDeadline: Duration = .seconds(10)
        /// For everything.
        public var wholeDeadline: Duration = .seconds(30)
        /// The most redirects followed.
        public var redirects: Int32 = 8
        /// The largest body, in bytes.
        public var maxBytes: Int
        /// Asks for these bytes only. `nil` for all.
        public var range: Range<Int>?
        /// Signs the request. The URL is sent as it is then, and has to be in canonical form; no redirect is followed.
        public var signing: RequestSigning?

        /// - Parameter maxBytes: The largest body, in bytes.
        public init(maxBytes: Int) { self.maxBytes = maxBytes }
    }

    /// Ends a download from any thread.
    public final class Interruption: Sendable {
        fileprivate let isSet = Atomic(false)

        /// Interrupts nothing yet.
        public init() {}

        /// Has the download end within a second, with `HTTPFailure.isCancellation`.
        public func interrupt() { isSet.store(true, ordering: .relaxed) }
    }

    private let stream: OpaquePointer
    private let interruption: Interruption?

    /// Connects and waits for the headers of the last response.
    /// - Parameters:
    ///   - url: http or https.
    ///   - userAgent: The `User-Agent` header.
    ///   - interruption: Ends the download early. `nil`: nothing does.
    /// - Throws: `HTTPFailure`.
    public init(
        _ url: String, limits: Limits, userAgent: String, interruption: Interruption? = nil
    ) throws(HTTPFailure) {
        self.interruption = interruption
        var opened: OpaquePointer?
        let code = userAgent.withCString { agent in
            var native = chttp_limits(
                allow_private: limits.allowsPrivate, connect_ms: Int64(limits.connectDeadline.wholeMilliseconds),
                idle_ms: Int64(limits.idleDeadline.wholeMilliseconds),
                total_ms: Int64(limits.wholeDeadline.wholeMilliseconds), max_bytes: Int64(limits.maxBytes),
                bytes_left: nil, end: Int64(limits.range?.upperBound ?? 0),
                max_redirects: limits.redirects, user_agent: agent, cookies: nil, signing: limits.signing?.handle)
            let context = interruption.map { Unmanaged.passUnretained($0).toOpaque() }
            return withExtendedLifetime(limits) {
                chttp_stream_open(
                    url, Int64(limits.range?.lowerBound ?? 0), &native, interruption == nil ? nil : isInterrupted,
                    context, &opened)
            }
        }
        guard let opened else { throw HTTPFailure(code: code, answered: false, bytesSent: 0) }
        stream = opened
    }

    deinit { chttp_stream_close(stream) }

    /// The HTTP status code.
    public var status: Int { Int(chttp_stream_status(stream)) }

    /// The size of the body in bytes, if the server says.
    public var size: Int? {
        let size = Int(chttp_stream_total(stream))
        return size < 0 ? nil : size
    }

    /// A header of the response by name, if there is one.
    public func header(_ name: String) -> String? { chttp_stream_header(stream, name).map { String(cString: $0) } }

    /// Reads what has arrived, and waits if nothing has.
    /// - Returns: The number of bytes read; 0 at the end.
    /// - Throws: `HTTPFailure`.
    public func read(into buffer: inout [UInt8]) throws(HTTPFailure) -> Int {
        let count = Int(chttp_stream_read(stream, &buffer, buffer.count))
        if count < 0 { throw HTTPFailure(code: Int32(count), answered: true, bytesSent: 0) }
        return count
    }
}

private let isInterrupted: chttp_interrupted = { context in
    guard let context else { return false }
    let interruption = Unmanaged<HTTPDownload.Interruption>.fromOpaque(context).takeUnretainedValue()
    return interruption.isSet.load(ordering: .relaxed)
}
