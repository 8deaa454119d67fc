import Base
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// One request.
struct Call: Sendable {
    let method: HTTPRequest.Method
    /// With repeated and trailing slashes removed.
    let path: String
    /// The query's fields; with those of the body once it is read.
    var form = Form()
    let headers: HTTPFields
    /// The server's host and port as the client named them.
    let authority: String
    /// The client's numeric address; empty if unknown.
    let address: String
    /// The values of the path's placeholders.
    let parameters: [String: String]
    /// When the request's headers arrived.
    let received: ContinuousClock.Instant

    /// Creates a call with an empty form.
    init(_ request: Request, _ context: CallContext, received: ContinuousClock.Instant) {
        method = request.method
        path = "/" + request.uri.path.split(separator: "/").joined(separator: "/")
        headers = request.headers
        authority = request.head.authority ?? "localhost"
        address = context.address
        parameters = Dictionary(context.parameters.map { (String($0.0), String($0.1)) }) { first, _ in first }
        self.received = received
    }

    /// Seconds since the request was received.
    var elapsed: Double { (ContinuousClock.now - received).inSeconds }

    /// Whether the client used HTTPS, as a proxy in front of this server reports.
    var isSecure: Bool { headers.value(of: "X-Forwarded-Proto") == "https" }
}

extension HTTPFields {
    /// The value of a field that has no constant in `HTTPField.Name`.
    func value(of name: String) -> String? { HTTPField.Name(name).flatMap { self[$0] } }
}

/// The answer to a call.
struct Reply: Sendable {
    /// Default: 200.
    var status: HTTPResponse.Status = .ok
    /// The value of `Content-Type`. Default: JSON.
    var contentType = "application/json"
    var body: Data
    /// Further fields.
    var headers: HTTPFields = [:]

    /// The answer for Hummingbird.
    var response: Response {
        var fields = headers
        fields[.contentType] = contentType
        fields[.xContentTypeOptions] = "nosniff"
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Reply {
    /// Sets a status and `Retry-After` if the client may try again. Several services answer errors with status 200 and
    /// differ only in the body.
    mutating func allowRetry(after refusal: Refusal) {
        switch refusal {
        case .tooManyRequests: status = .tooManyRequests
        case .overloaded, .tooSlow: status = .serviceUnavailable
        default: return
        }
        headers[.retryAfter] = "1"
    }
}
