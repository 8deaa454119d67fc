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

/// One service's API.
protocol Dialect: Sendable {
    var name: DialectName { get }
    /// Refuses what can be refused before its body is read: a key in the query or a header that is no good. Takes nothing
    /// from the key. Throws `Refusal`.
    func check(_ call: Call) throws
    /// A refusal in the service's own words.
    /// - Parameter call: `nil` when the request could not even be read.
    func reply(to refusal: Refusal, call: Call?) throws -> Reply
}

/// A path of a dialect and what happens there.
struct Route: Sendable {
    typealias Handler = @Sendable (Call) async throws -> Reply

    let dialect: any Dialect
    /// Hummingbird's pattern.
    let path: String
    let methods: [HTTPRequest.Method]
    let limits: FormLimits
    /// It takes long, and is not worth finishing for a client that has gone. Costs the connection, which is closed after it.
    var endsWithClient = false
    /// For the description of the API.
    let summary: String
    let parameters: [RouteParameter]
    /// Sees a call before its body is read. Throws `Refusal`; else gives what answers the call once it is read.
    let open: @Sendable (Call) throws -> Handler
}

extension Route {
    /// A route whose calls are read before they are looked at.
    init(
        dialect: any Dialect, path: String, methods: [HTTPRequest.Method], limits: FormLimits,
        endsWithClient: Bool = false, summary: String, parameters: [RouteParameter], handle: @escaping Handler
    ) {
        self.init(
            dialect: dialect, path: path, methods: methods, limits: limits, endsWithClient: endsWithClient,
            summary: summary, parameters: parameters, open: { _ in handle })
    }
}

/// A parameter of a route, for the description of the API.
struct RouteParameter: Sendable {
    enum Kind: Sendable {
        case text, number, boolean, url, file, header, pathPart
    }
    let name: String
    let kind: Kind
    let isRequired: Bool
    let summary: String

    init(_ name: String, required: Bool = false, _ summary: String) {
        self.init(name, .text, required: required, summary)
    }

    init(_ name: String, _ kind: Kind, required: Bool = false, _ summary: String) {
        self.name = name
        self.kind = kind
        isRequired = required
        self.summary = summary
    }
}

/// A callback's name in a JSONP request.
enum JSONP {
    /// A JavaScript name, possibly with dots: nothing that could be script. Throws `Refusal.badParameter`.
    static func name(in form: Form) throws -> String? {
        guard let name = form["callback"] else { return nil }
        guard isValid(name) else { throw Refusal.badParameter("callback", "it has to be a JavaScript name") }
        return name
    }

    static func isValid(_ name: String) -> Bool {
        guard (1...128).contains(name.utf8.count), let first = name.utf8.first else { return false }
        func isLetter(_ byte: UInt8) -> Bool {
            (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
                || byte == UInt8(ascii: "$")
        }
        func isRest(_ byte: UInt8) -> Bool {
            isLetter(byte) || (48...57).contains(byte) || byte == UInt8(ascii: ".")
        }
        return isLetter(first) && name.utf8.allSatisfy(isRest)
    }

    /// A script that hands the answer over. Always 200: script elements hide everything else.
    static func wrap(_ json: Data, _ name: String) -> Reply {
        Reply(contentType: "application/javascript", body: Data("\(name)(".utf8) + json + Data(");".utf8))
    }
}

extension HTTPFields {
    /// How long to wait before trying again, s.
    static func retry(after seconds: Int) -> HTTPFields { [.retryAfter: String(seconds)] }
}
