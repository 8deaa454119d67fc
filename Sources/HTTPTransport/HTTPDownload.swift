import Base
import CHTTP

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

        /// - Parameter maxBytes: The largest body, in bytes.
        public init(maxBytes: Int) { self.maxBytes = maxBytes }
    }

    private let stream: OpaquePointer

    /// Connects and waits for the headers of the last response.
    /// - Parameters:
    ///   - url: http or https.
    ///   - userAgent: The `User-Agent` header.
    /// - Throws: `HTTPFailure`.
    public init(_ url: String, limits: Limits, userAgent: String) throws(HTTPFailure) {
        var opened: OpaquePointer?
        let code = userAgent.withCString { agent in
            var native = chttp_limits(
                allow_private: limits.allowsPrivate, connect_ms: Int64(limits.connectDeadline.wholeMilliseconds),
                idle_ms: Int64(limits.idleDeadline.wholeMilliseconds),
                total_ms: Int64(limits.wholeDeadline.wholeMilliseconds), max_bytes: Int64(limits.maxBytes),
                bytes_left: nil, end: 0, max_redirects: limits.redirects, user_agent: agent, cookies: nil)
            return chttp_stream_open(url, 0, &native, nil, nil, &opened)
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

    /// Reads what has arrived, and waits if nothing has.
    /// - Returns: The number of bytes read; 0 at the end.
    /// - Throws: `HTTPFailure`.
    public func read(into buffer: inout [UInt8]) throws(HTTPFailure) -> Int {
        let count = Int(chttp_stream_read(stream, &buffer, buffer.count))
        if count < 0 { throw HTTPFailure(code: Int32(count), answered: true, bytesSent: 0) }
        return count
    }
}
