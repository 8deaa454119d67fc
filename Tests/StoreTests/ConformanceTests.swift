import Foundation
import Moderation
import TestSupport
import Testing
import Yams

@testable import Store

/// The scenarios of `scenarios.yaml`, with either database.
@Suite(.timeLimit(.minutes(3))) struct ConformanceTests {
    private static let scenarios: [Scenario] = {
        let file = Fixtures.root.appending(path: "Tests/StoreTests/scenarios.yaml")
        do {
            return try YAMLDecoder().decode([Scenario].self, from: String(contentsOf: file, encoding: .utf8))
        } catch {
            Issue.record("\(file.path): \(error)")
            return []
        }
    }()

    @Test(arguments: Backend.allCases, scenarios)
    func `either database does what stores promise`(backend: Backend, scenario: Scenario) async throws {
        let processes = try Processes(backend)
        for (number, step) in scenario.steps.enumerated() {
            do {
                try await processes.take(step)
            } catch {
                Issue.record("step \(number + 1) (\(step)): \(error)")
                break
            }
        }
    }

    @Test func `the scenarios are read`() { #expect(Self.scenarios.count > 20) }

    @Test func `a step that comes to something else, or that nobody knows, fails`() async throws {
        for step: [String: StepValue] in [
            ["keep": "m1", "fails": "lost"], ["take": "m1", "is": "m1"], ["juggle": "m1"], ["used": "k", "is": "7"],
        ] {
            let processes = try Processes(.sqlite)
            await #expect(throws: (any Error).self) { try await processes.take(Step(by: "a", values: step)) }
        }
    }
}

enum Backend: String, CaseIterable, CustomTestStringConvertible {
    case sqlite, postgreSQL
    var testDescription: String { rawValue }
}

struct Scenario: Decodable, Sendable, CustomTestStringConvertible {
    var name: String
    var steps: [Step]
    var testDescription: String { name }
}

/// A word of a step, or a list of them.
enum StepValue: Decodable, Hashable, Sendable, ExpressibleByStringLiteral {
    case word(String)
    case list([StepValue])

    init(_ word: String) { self = .word(word) }
    init(_ list: [String]) { self = .list(list.map(StepValue.word)) }
    init(stringLiteral word: String) { self = .word(word) }

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = "null"
        } else if let list = try? container.decode([StepValue].self) {
            self = .list(list)
        } else {
            self = .word(try container.decode(String.self))
        }
    }

    var string: String? { if case .word(let word) = self { word } else { nil } }
    var int: Int? { string.flatMap { Int($0) } }
    var sequence: [StepValue]? { if case .list(let list) = self { list } else { nil } }
}

/// Who does what, and what it has to come to.
struct Step: Decodable, Sendable, CustomStringConvertible {
    let by: String
    let values: [String: StepValue]

    init(by: String, values: [String: StepValue]) { (self.by, self.values) = (by, values) }

    init(from decoder: any Decoder) throws {
        values = try decoder.singleValueContainer().decode([String: StepValue].self)
        by = values["by"]?.string ?? ""
    }

    subscript(_ name: String) -> StepValue? { values[name] }
    func text(_ name: String) -> String? { values[name]?.string }
    func number(_ name: String) -> Int? { values[name]?.int }
    var description: String { values.map { "\($0): \($1.string ?? "…")" }.sorted().joined(separator: ", ") }
}
