import Foundation

/// What a program of `Tests/Programs` found of each of its cases (`cases.py`). It is run once, and each case is a test's.
public struct CaseReport: Sendable {
    public struct Problem: Error, CustomStringConvertible {
        public let description: String
    }

    private struct Line: Decodable {
        let `case`: String
        let failure: String?
    }

    private let cases: Set<String>
    private let lines: [String: Line]
    private let finished: Finished

    /// Runs the program; blocks until it has ended.
    /// - Parameters:
    ///   - cases: All that it has.
    ///   - python: An environment of `Tests/environments`; `nil` for the system's Python.
    public init(
        _ cases: [String], of program: String, _ arguments: [String], environment: [String: String] = [:],
        in python: String? = nil
    ) throws {
        self.cases = Set(cases)
        finished = try Python(program: program, arguments, in: python).run(environment: environment)
        let told = try finished.text.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        lines = Dictionary(told.map { ($0.case, $0) }) { $1 }
    }

    /// Throws where the case did not hold, and where the program told of other cases than it has.
    public func expect(_ name: String) throws {
        if let failure = lines[name]?.failure { throw Problem(description: failure) }
        guard Set(lines.keys) == cases, cases.contains(name), finished.status == 0 else {
            let missing = cases.subtracting(lines.keys).sorted(), unknown = Set(lines.keys).subtracting(cases).sorted()
            throw Problem(
                description: "not told of: \(missing); not asked for: \(unknown); status \(finished.status)\n"
                    + finished.errors)
        }
    }
}
