import Foundation

/// JSONP: answers as scripts that call a function of the client's.
enum JSONP {
    /// The name of the function in the field `callback`.
    /// - Returns: `nil` if the request has none.
    /// - Throws: `Refusal.badParameter` if it is not a JavaScript name, with or without dots.
    static func name(in form: Form) throws(Refusal) -> String? {
        guard let name = form["callback"] else { return nil }
        guard name.utf8.allSatisfy({ $0 < 128 }), name.wholeMatch(of: /[A-Za-z_$][A-Za-z0-9_$.]{0,127}/) != nil else {
            throw .badParameter("callback", "it must be a JavaScript name")
        }
        return name
    }

    /// The JSON, as a script if the client named a function. A script's status is always 200, since script elements
    /// ignore others.
    static func reply(_ json: Data, _ name: String?) -> Reply {
        guard let name else { return Reply(body: json) }
        return Reply(contentType: "application/javascript", body: Data("\(name)(".utf8) + json + Data(");".utf8))
    }
}
