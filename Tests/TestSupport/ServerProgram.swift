import Foundation

/// `framesift serve` as built for the tests, on a port that the system picks.
public final class ServerProgram: Sendable {
    public let base: String
    private let program: RunningProgram
    private let state: TemporaryFolder

    public static let path = Fixtures.root.appendingPathComponent(".build/debug/framesift").path

    /// - Parameter environment: Besides a state folder of its own.
    public convenience init(_ arguments: String..., environment: [String: String] = [:]) throws {
        try self.init(arguments, environment: environment)
    }

    /// - Parameter runner: A program, with its arguments, that runs the server in its place.
    public init(_ arguments: [String], environment: [String: String] = [:], under runner: [String] = []) throws {
        state = try TemporaryFolder()
        program = try RunningProgram(
            runner + [Self.path, "serve", "--listen", "127.0.0.1:0", "--log-level", "error"] + arguments,
            environment: environment.merging(["XDG_STATE_HOME": state.url.path]) { $1 }, announcing: "listening on ",
            on: .errors)
        base = "http://" + (program.announcement.split(whereSeparator: \.isWhitespace).last ?? "")
    }

    /// The lines on standard error before it listened.
    public var preamble: [String] { program.preamble }

    public var processIdentifier: Int32 { program.processIdentifier }

    /// The next line on standard error; `nil` at the end.
    public func nextLine() async throws -> String? { try await program.nextLine() }

    public func stop() {
        program.stop()
        state.remove()
    }
}
