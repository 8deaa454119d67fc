import HTTPTypes

/// One service's API.
protocol Dialect: Sendable {
    /// Names the API in the file of keys, logs and metrics.
    var name: DialectName { get }
    /// Checks a key in the query or a header before the body is read. Counts no request.
    /// - Throws: `Refusal` if the key is wrong.
    func check(_ call: Call) throws(Refusal)
    /// A refusal as the service reports it.
    /// - Parameter call: `nil` if the request matched no route.
    func reply(to refusal: Refusal, call: Call?) async throws -> Reply
}

/// A path of a dialect and its handler.
struct Route: Sendable {
    /// Answers a call whose body was read. May throw `Refusal`.
    typealias Handler = @Sendable (Call) async throws -> Reply

    let dialect: any Dialect
    /// Hummingbird's pattern.
    let path: String
    /// Those accepted. Default: GET and POST.
    var methods: [HTTPRequest.Method] = [.get, .post]
    /// What its body may contain. Default: fields, but no files.
    var limits = FormLimits()
    /// Whether a client that disconnects cancels the handler; for work that takes long. Such a connection is closed
    /// after the answer.
    var endsWithClient = false
    /// For the description of the API. The dashboard is not in it.
    var summary = ""
    /// For the description of the API.
    var parameters: [RouteParameter] = []
    /// Returns the handler of a call whose body is not read yet, or throws `Refusal`.
    let open: @Sendable (Call) async throws -> Handler
}

extension Route {
    /// A route that needs the whole call to decide anything.
    init(
        dialect: any Dialect, path: String, methods: [HTTPRequest.Method] = [.get, .post],
        limits: FormLimits = FormLimits(), endsWithClient: Bool = false, summary: String = "",
        parameters: [RouteParameter] = [], handle: @escaping Handler
    ) {
        self.init(
            dialect: dialect, path: path, methods: methods, limits: limits, endsWithClient: endsWithClient,
            summary: summary, parameters: parameters, open: { _ in handle })
    }
}

/// A parameter of a route, for the description of the API.
struct RouteParameter: Sendable {
    /// The parameter's type, or its place if it is neither in the query nor in the body.
    enum Kind: Sendable {
        case text, number, boolean, url, file, header, pathPart
    }
    /// The field's name, or that of the placeholder in the path.
    let name: String
    let kind: Kind
    let isRequired: Bool
    let summary: String

    /// A text parameter.
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
