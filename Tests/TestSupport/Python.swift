import Foundation

/// Python as tests start it: it can import what the programs of `Tests/Programs` share, and each line comes at once.
public struct Python: Sendable {
    private let arguments: [String]
    private let interpreter: String

    /// - Parameter environment: Of `Tests/environments`; `nil` for the system's Python.
    private init(_ arguments: [String], in environment: String?) {
        self.arguments = arguments
        interpreter =
            environment.map { Fixtures.root.appending(path: ".deps/environments/\($0)/bin/python").path } ?? "python3"
    }

    /// A program of `Tests/Programs`, by its path there; any other by its whole path.
    public init(program: String, _ arguments: [String] = [], in environment: String? = nil) {
        self.init([program.hasPrefix("/") ? program : Fixtures.program(program)] + arguments, in: environment)
    }

    public init(lines: String, _ arguments: [String] = [], in environment: String? = nil) {
        self.init(["-c", lines] + arguments, in: environment)
    }

    public init(module: String, _ arguments: [String] = [], in environment: String? = nil) {
        self.init(["-m", module] + arguments, in: environment)
    }

    private var command: [String] { [interpreter, "-u"] + arguments }
    private static var variables: [String: String] {
        ["PYTHONPATH": Fixtures.program(""), "PYTHONDONTWRITEBYTECODE": "1"]
    }

    /// Runs it to its end. Blocks.
    /// - Parameter namespaces: Of its own, as flags of `unshare`.
    public func run(environment: [String: String] = [:], namespaces: String? = nil) throws -> Finished {
        let command = (namespaces.map { ["unshare", $0] } ?? []) + command
        return try TestSupport.run(
            command[0], Array(command.dropFirst()), environment: environment.merging(Self.variables) { $1 })
    }

    /// Starts one that prints a line once it is ready.
    public func start() throws -> RunningProgram {
        try RunningProgram(command, environment: Self.variables)
    }
}
