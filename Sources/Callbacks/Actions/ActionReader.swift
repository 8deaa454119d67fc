import Base
import Foundation
import Moderation
import Yams

/// Reads nodes rather than values, so that every error can name its line.
struct ActionReader {
    let path: String
    /// The process's.
    let environment: [String: String]
    private(set) var names: [String] = []
    private(set) var deadline = CallbackRules().deadline
    private(set) var retries = 8
    private(set) var backoff = Backoff()
    private var request, program: Node?

    init(path: String, environment: [String: String]) {
        (self.path, self.environment) = (path, environment)
    }

    /// Reads everything but what templates are made of, which depends on it.
    mutating func read(_ root: Node?) throws(ActionFile.Problem) {
        for (key, value) in try pairs(root, "an action is a list of keys and values") {
            switch key.string {
            case "request": request = value
            case "program": program = value
            case "env": names = try strings(value).map { name throws(ActionFile.Problem) in try variable(name) }
            case "deadline": deadline = try seconds(value, in: 0.1...300)
            case "retries": retries = Int(try number(value, in: 0...100).rounded())
            case "backoff": backoff.base = try seconds(value, in: 0.01...3600)
            default: throw unknown(key, known: "request, program, env, deadline, retries, backoff")
            }
        }
    }

    private func variable(_ node: Node) throws(ActionFile.Problem) -> String {
        guard let name = node.string, name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]*/) != nil else {
            throw problem(node, "the name of an environment variable belongs here.")
        }
        guard environment[name]?.isEmpty == false else {
            throw problem(node, "the environment variable \(name) is not set.")
        }
        return name
    }

    /// What is done.
    func work(_ root: Node?) throws(ActionFile.Problem) -> ActionFile.Work {
        switch (request, program) {
        case (let request?, nil): return .request(try self.request(request))
        case (nil, let program?): return .program(try self.program(program))
        default:
            throw ActionFile.Problem(
                path: path, line: root?.mark?.line, reason: "either request or program belongs here.")
        }
    }

    private func program(_ node: Node) throws(ActionFile.Problem) -> [String] {
        let arguments = try strings(node).compactMap(\.string)
        guard let first = arguments.first, first.hasPrefix("/"), FileManager.default.isExecutableFile(atPath: first)
        else { throw problem(node, "a program is a list whose first item is the path of an executable file.") }
        guard !arguments.contains(where: { $0.utf8.contains(0) }) else {
            throw problem(node, "an argument cannot have a zero byte.")
        }
        return arguments
    }

    // MARK: Requests

    private func request(_ node: Node) throws(ActionFile.Problem) -> ActionRequest {
        var (method, url, body): (Node?, Node?, Node?) = (nil, nil, nil)
        var headers: [(name: String, value: ActionTemplate)] = []
        for (key, value) in try pairs(node, "a request has a method, url, headers and body") {
            switch key.string {
            case "method": method = value
            case "url": url = value
            case "body": body = value
            case "headers": headers = try self.headers(value)
            default: throw unknown(key, known: "method, url, headers, body")
            }
        }
        guard let url else { throw problem(node, "a request needs a url.") }
        let name = method?.string ?? "POST"
        guard ActionRequest.methods.contains(name) else {
            throw problem(method ?? node, "method is one of \(ActionRequest.methods.joined(separator: ", ")).")
        }
        if body != nil, !headers.contains(where: Self.isContentType) {
            headers.append(("Content-Type", try template(Node("application/json"), .header)))
        }
        var template: ActionTemplate?
        if let body { template = try self.body(body, headers) }
        return ActionRequest(method: name, url: try address(url), headers: headers, body: template)
    }

    private static func isContentType(_ header: (name: String, value: ActionTemplate)) -> Bool {
        header.name.lowercased() == "content-type"
    }

    private func address(_ node: Node) throws(ActionFile.Problem) -> ActionTemplate {
        guard let text = node.string, let scheme = text.prefixMatch(of: /https?:\/\//) else {
            throw problem(node, "an http:// or https:// address belongs here.")
        }
        // What comes from a stream must not choose whom the request goes to.
        guard !text[scheme.range.upperBound...].prefix(while: { !"/?#".contains($0) }).contains("{{") else {
            throw problem(node, "the host of an address cannot be a field.")
        }
        let template = try self.template(node, .url)
        guard WebAddress.isValid(template.render(example)) else { throw problem(node, "the address is not valid.") }
        return template
    }

    private func headers(_ node: Node) throws(ActionFile.Problem) -> [(name: String, value: ActionTemplate)] {
        var headers: [(name: String, value: ActionTemplate)] = []
        for (key, value) in try pairs(node, "headers is a list of names and values") {
            guard let name = key.string, name.wholeMatch(of: /[A-Za-z0-9!#$%&'*+.^_`|~\-]+/) != nil,
                !ActionRequest.forbiddenHeaders.contains(name.lowercased())
            else { throw problem(key, "“\(key.string ?? "?")” cannot be a header here.") }
            guard value.string?.contains(where: \.isNewline) == false else {
                throw problem(value, "a header is one line.")
            }
            headers.append((name, try template(value, .header)))
        }
        return headers
    }

    private func body(
        _ node: Node, _ headers: [(name: String, value: ActionTemplate)]
    ) throws(ActionFile.Problem) -> ActionTemplate {
        let type = headers.first(where: Self.isContentType)?.value.render(example).lowercased() ?? ""
        let isJSON = type.contains("json")
        let place: ActionTemplate.Place = isJSON ? .json : type.contains("x-www-form-urlencoded") ? .form : .text
        let template = try self.template(node, place)
        if isJSON {
            let sample = Data(template.render(example).utf8)
            guard (try? JSONSerialization.jsonObject(with: sample, options: .fragmentsAllowed)) != nil else {
                throw problem(node, "the body is not JSON once its fields are filled in; texts belong in quotes.")
            }
        }
        return template
    }

    private func template(
        _ node: Node, _ place: ActionTemplate.Place
    ) throws(ActionFile.Problem) -> ActionTemplate {
        guard let text = node.string else { throw problem(node, "a text belongs here.") }
        do {
            return try ActionTemplate(text, place, environment: Set(names))
        } catch {
            throw problem(node, error.sentence)
        }
    }

    /// An event with every field, and the environment's names instead of its values.
    private var example: ActionEvent.Values {
        ActionEvent.example.merging(["env": Dictionary(names.map { ($0, "text") }) { $1 }]) { $1 }
    }

    // MARK: Nodes

    private func pairs(_ node: Node?, _ expectation: String) throws(ActionFile.Problem) -> [(key: Node, value: Node)] {
        guard let mapping = node?.mapping else {
            throw ActionFile.Problem(path: path, line: node?.mark?.line, reason: "\(expectation).")
        }
        return mapping.map { ($0.key, $0.value) }
    }

    private func strings(_ node: Node) throws(ActionFile.Problem) -> [Node] {
        guard let items = node.sequence, items.allSatisfy({ $0.string != nil }) else {
            throw problem(node, "a list of texts belongs here.")
        }
        return Array(items)
    }

    private func number(_ node: Node, in range: ClosedRange<Double>) throws(ActionFile.Problem) -> Double {
        guard let value = node.float, range.contains(value) else {
            throw problem(
                node, String(format: "a number from %g to %g belongs here.", range.lowerBound, range.upperBound))
        }
        return value
    }

    private func seconds(_ node: Node, in range: ClosedRange<Double>) throws(ActionFile.Problem) -> Duration {
        .seconds(try number(node, in: range))
    }

    private func unknown(_ key: Node, known: String) -> ActionFile.Problem {
        problem(key, "unknown key “\(key.string ?? "?")”; known: \(known).")
    }

    private func problem(_ node: Node, _ reason: String) -> ActionFile.Problem {
        ActionFile.Problem(path: path, line: node.mark?.line, reason: reason)
    }
}
