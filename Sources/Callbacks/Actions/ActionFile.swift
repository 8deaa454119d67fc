import Foundation
import Moderation
import Yams

/// What to do at a verdict, from a YAML file: a request, or a program.
///
///     request:
///       method: POST
///       url: http://127.0.0.1:8081/control/drop/publisher?app={{publisher.app}}&name={{publisher.name}}
///     retries: 3
public struct ActionFile: Sendable {
    enum Work: Sendable {
        case request(ActionRequest)
        /// Path and arguments.
        case program([String])
    }

    let work: Work
    /// The names of environment variables that it gets.
    let environment: [String]
    /// The time limit for one attempt.
    let deadline: Duration
    /// Attempts after the first one.
    let retries: Int
    let backoff: Backoff

    /// Whether it runs a program.
    public var runsProgram: Bool { if case .program = work { true } else { false } }

    /// Why an action file cannot be used.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The file's path.
        public let path: String
        /// The line, from 1; `nil` if the file could not be read at all.
        public let line: Int?
        /// One sentence. It contains no value of an environment variable.
        public let reason: String

        /// Path, line and reason.
        public var description: String { line.map { "\(path):\($0): \(reason)" } ?? "\(path): \(reason)" }
    }

    private static let largest = 1 << 20

    /// Reads and checks a file.
    /// - Parameters:
    ///   - path: The file's path.
    ///   - environment: The process's environment, in which the variables that the file names have to be.
    /// - Throws: `Problem`.
    public init(path: String, environment: [String: String]) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Problem(path: path, line: nil, reason: "the action cannot be read.")
        }
        guard data.count <= Self.largest else {
            throw Problem(path: path, line: nil, reason: "an action is at most 1 MiB.")
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self), path: path, environment: environment)
    }

    /// Checks the text of an action file.
    /// - Throws: `Problem`.
    init(yaml: String, path: String, environment: [String: String]) throws {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch {
            let line: Int? =
                switch error as? YamlError {
                case .scanner(_, _, let mark, _), .parser(_, _, let mark, _), .composer(_, _, let mark, _): mark.line
                default: nil
                }
            throw Problem(path: path, line: line, reason: "this is not YAML.")
        }
        var reader = ActionReader(path: path, environment: environment)
        try reader.read(root)
        work = try reader.work(root)
        (self.environment, deadline) = (reader.names, reader.deadline)
        (retries, backoff) = (reader.retries, reader.backoff)
    }
}
