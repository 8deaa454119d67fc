import Base
import HTTPTypes

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
