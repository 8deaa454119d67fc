import Base
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore

/// One request.
struct Call: Sendable {
    let method: HTTPRequest.Method
    /// Slashes collapsed.
    let path: String
    /// Until the body is read, what the query says.
    var form = Form()
    let headers: HTTPFields
    /// Host and port as the client named them.
    let authority: String
    /// The caller's numeric address.
    let address: String
    /// Of the path's pattern.
    let parameters: [String: String]
    let received: ContinuousClock.Instant

    /// With an empty form.
    init(_ request: Request, _ context: CallContext, received: ContinuousClock.Instant) {
        method = request.method
        path = "/" + request.uri.path.split(separator: "/").joined(separator: "/")
        headers = request.headers
        authority = request.head.authority ?? "localhost"
        address = context.address
        parameters = Dictionary(context.parameters.map { (String($0.0), String($0.1)) }) { first, _ in first }
        self.received = received
    }

    /// Seconds since it was received.
    var elapsed: Double { (ContinuousClock.now - received).inSeconds }
}

/// What is sent back.
struct Reply: Sendable {
    var status: HTTPResponse.Status = .ok
    var contentType = "application/json"
    var body: Data
    var headers: HTTPFields = [:]

    var response: Response {
        var fields = headers
        fields[.contentType] = contentType
        fields[.xContentTypeOptions] = "nosniff"
        return Response(status: status, headers: fields, body: .init(byteBuffer: ByteBuffer(bytes: body)))
    }
}

extension Reply {
    /// Gives a client that may come back a status that says so, and when. The services' own ways of telling it differ only
    /// in the body.
    mutating func allowRetry(after refusal: Refusal) {
        switch refusal {
        case .tooManyRequests: status = .tooManyRequests
        case .overloaded, .tooSlow: status = .serviceUnavailable
        default: return
        }
        headers[.retryAfter] = "1"
    }
}
