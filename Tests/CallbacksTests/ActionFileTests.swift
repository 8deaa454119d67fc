import Foundation
import HTTPTransport
import Moderation
import TestSupport
import Testing

@testable import Callbacks

/// What an action file may say, and what is refused before anything begins.
@Suite struct ActionFileTests {
    private let environment = ["TOKEN": "s3cret\"&\n", "EMPTY": ""]

    private func file(_ yaml: String) throws -> ActionFile {
        try ActionFile(yaml: yaml, path: "on-ko.yaml", environment: environment)
    }

    /// The request that a file makes of an event.
    private func call(_ yaml: String, _ values: ActionEvent.Values) throws -> HTTPClientRequest {
        guard case .request(let request) = try file(yaml).work else { throw CancellationError() }
        return try request.call(values.merging(["env": environment]) { $1 })
    }

    private func values(_ publisher: StreamPublisher?) throws -> ActionEvent.Values {
        let event = ActionEvent(
            ActionTrigger(.ko, reason: "qr was found"), media: "med_1", stream: "rtmp://h/live/x", time: 0,
            publisher: publisher, id: "act_1")
        return try #require(ActionEvent.values(of: event.json()))
    }

    /// Expected are what Python's `urllib.parse.quote(text, safe="")` and `json.dumps(text, ensure_ascii=False)` give.
    @Test func `values are escaped for where they stand`() throws {
        let hostile = StreamPublisher(server: "x", app: "a&b=c/../d?e#f g+%", name: "q\"\\\u{1}é{{id}}<")
        let made = try call(
            """
            request:
              method: PUT
              url: "http://127.0.0.1:1/drop?app={{publisher.app}}&name={{publisher.name}}"
              headers: {X-Token: "{{env.TOKEN}}", X-Name: "{{publisher.name}}"}
              body: '{"name": "{{publisher.name}}", "reason": "{{reason}}"}'
            env: [TOKEN]
            """, try values(hostile))
        #expect(
            made.url
                == "http://127.0.0.1:1/drop?app=a%26b%3Dc%2F..%2Fd%3Fe%23f%20g%2B%25&name=q%22%5C%01%C3%A9%7B%7Bid%7D%7D%3C"
        )
        #expect(made.method == "PUT")
        let body = String(decoding: try #require(made.body), as: UTF8.self)
        #expect(body == #"{"name": "q\"\\\u0001é{{id}}<", "reason": "qr was found"}"#)
        let headers = Dictionary(uniqueKeysWithValues: made.headers.map { ($0.name, $0.value) })
        #expect(headers["X-Token"] == "s3cret\"&")
        #expect(headers["X-Name"] == "q\"\\é{{id}}<")
        #expect(headers["Content-Type"] == "application/json")
    }

    @Test func `forms are percent-encoded, and other texts are left as they are`() throws {
        let publisher = StreamPublisher(server: "x", app: "a b&c", name: "n")
        let yaml = """
            request:
              url: http://127.0.0.1:1/
              headers: {content-type: TYPE}
              body: "app={{publisher.app}}"
            """
        let form = try call(yaml.replacing("TYPE", with: "application/x-www-form-urlencoded"), try values(publisher))
        #expect(form.body == Data("app=a%20b%26c".utf8))
        let text = try call(yaml.replacing("TYPE", with: "text/plain"), try values(publisher))
        #expect(text.body == Data("app=a b&c".utf8))
        #expect(text.headers.count == 1)
    }

    @Test func `sections show what there is`() throws {
        let yaml = """
            request:
              url: http://127.0.0.1:1/{{#publisher}}{{app}}/{{/publisher}}end
            """
        #expect(try call(yaml, try values(nil)).url == "http://127.0.0.1:1/end")
        let publisher = StreamPublisher(server: "x", app: "live", name: "n")
        #expect(try call(yaml, try values(publisher)).url == "http://127.0.0.1:1/live/end")
    }

    @Test func `an address that would lack a part is not called`() throws {
        let yaml = "request: {url: \"http://127.0.0.1:1/drop?name={{publisher.name}}\"}"
        #expect(throws: ActionRequest.Unfit.self) { try call(yaml, try values(nil)) }
        // The control.
        #expect(throws: Never.self) {
            try call(yaml, try values(StreamPublisher(server: "x", app: "a", name: "n")))
        }
    }

    @Test func `what is not said is as documented`() throws {
        let read = try file("request: {url: http://127.0.0.1:1/}")
        #expect(read.deadline == .seconds(10) && read.retries == 8 && read.backoff == Backoff())
        let set = try file("{request: {url: http://127.0.0.1:1/}, deadline: 1.5, retries: 2, backoff: 3}")
        #expect(set.deadline == .seconds(1.5) && set.retries == 2 && set.backoff.base == .seconds(3))
    }

    @Test(arguments: [
        ("request: {url: http://127.0.0.1:1/}\nretires: 3", 2, "unknown key “retires”"),
        ("request:\n  url: http://127.0.0.1:1/\n  boddy: x", 3, "unknown key “boddy”"),
        ("request:\n  url: \"http://127.0.0.1:1/{{publisher.nmae}}\"", 2, "unknown field {{publisher.nmae}}"),
        ("request:\n  url: \"http://127.0.0.1:1/{{#publisher}}\"", 2, "cannot be parsed"),
        ("request:\n  url: \"http://127.0.0.1:1/{{id\"", 2, "cannot be parsed"),
        ("request:\n  url: \"http://127.0.0.1:1/{{{id}}}\"", 2, "always escaped"),
        ("request:\n  url: \"http://127.0.0.1:1/{{&id}}\"", 2, "always escaped"),
        ("request:\n  url: \"http://127.0.0.1:1/{{% CONTENT_TYPE:TEXT}}{{id}}\"", 2, "always escaped"),
        ("request:\n  url: \"http://{{publisher.app}}/\"", 2, "the host of an address cannot be a field"),
        ("request:\n  url: \"http://a{{id}}@b/\"", 2, "the host of an address cannot be a field"),
        ("request:\n  url: ftp://127.0.0.1/", 2, "http"),
        ("request:\n  method: TRACE\n  url: http://127.0.0.1:1/", 2, "method is one of"),
        ("request:\n  url: http://127.0.0.1:1/\n  body: '{\"a\": {{reason}}}'", 3, "not JSON"),
        ("request:\n  url: http://127.0.0.1:1/\n  headers:\n    Content-Length: '1'", 4, "cannot be a header"),
        ("request:\n  url: http://127.0.0.1:1/\n  headers: {X: '{{env.TOKEN}}'}", 3, "needs TOKEN in the list env"),
        ("request: {url: http://127.0.0.1:1/}\nenv: [MISSING]", 2, "MISSING is not set"),
        ("request: {url: http://127.0.0.1:1/}\nenv: [EMPTY]", 2, "EMPTY is not set"),
        ("request: {url: http://127.0.0.1:1/}\ndeadline: 0", 2, "0.1 to 300"),
        ("program: [ls]", 1, "path of an executable file"), ("program: [/etc/passwd]", 1, "path of an executable file"),
        ("program: ls -l", 1, "a list of texts"), ("env: [TOKEN]", 1, "either request or program"),
        ("program: [/bin/true]\nrequest: {url: http://127.0.0.1:1/}", 1, "either request or program"),
        ("- request", 1, "keys and values"), ("request: [", 2, "not YAML"),
    ])
    func `what cannot be meant is refused, with its line`(yaml: String, line: Int, reason: String) throws {
        let problem = #expect(throws: ActionFile.Problem.self) { try file(yaml) }
        #expect(problem?.line == line)
        #expect(problem?.reason.contains(reason) == true, "\(problem?.reason ?? "")")
        #expect(problem?.description.contains("s3cret") == false)
    }

    @Test func `a file that is not there is refused`() {
        #expect(throws: ActionFile.Problem.self) { try ActionFile(path: "/nowhere.yaml", environment: [:]) }
    }
}
