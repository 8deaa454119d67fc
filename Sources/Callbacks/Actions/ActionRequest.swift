import Base
import Foundation
import HTTPTransport

/// An HTTP request made from templates.
struct ActionRequest: Sendable {
    let method: String
    let url: ActionTemplate
    let headers: [(name: String, value: ActionTemplate)]
    let body: ActionTemplate?

    static let methods = ["GET", "POST", "PUT", "PATCH", "DELETE"]
    /// What the client says itself.
    static let forbiddenHeaders: Set = ["host", "content-length", "transfer-encoding", "connection"]

    /// Why an event makes no request: a phrase.
    struct Unfit: Error {
        let phrase: String
    }

    /// The request about an event.
    /// - Parameter values: The event's, with those of the environment under `env`.
    /// - Throws: `Unfit` if the address would lack a part.
    func call(_ values: ActionEvent.Values) throws(Unfit) -> HTTPClientRequest {
        for name in url.needed where Self.text(of: name, in: values).isEmpty {
            throw Unfit(phrase: "the event has no \(name), which the address needs")
        }
        let address = url.render(values)
        guard WebAddress.isValid(address) else { throw Unfit(phrase: "the address is not valid") }
        var call = HTTPClientRequest(url: address)
        call.method = method
        call.headers = headers.map { ($0.name, $0.value.render(values)) }
        call.body = body.map { Data($0.render(values).utf8) }
        return call
    }

    private static func text(of name: String, in values: ActionEvent.Values) -> String {
        var value: (any Sendable)? = values
        for part in name.split(separator: ".") { value = (value as? ActionEvent.Values)?[String(part)] }
        return value.map { "\($0)" } ?? ""
    }
}
