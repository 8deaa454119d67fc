import Foundation

/// `framesift serve` as built for the tests, on a port that the system picks.
public final class ServerProgram {
    public let base: String
    private let program: RunningProgram
    private let state: TemporaryFolder

    public static let path = Fixtures.root.appendingPathComponent(".build/debug/framesift").path

    /// - Parameter environment: Besides a state folder of its own.
    public convenience init(_ arguments: String..., environment: [String: String] = [:]) throws {
        try self.init(arguments, environment: environment)
    }

    public init(_ arguments: [String], environment: [String: String] = [:]) throws {
        state = try TemporaryFolder()
        program = try RunningProgram(
            [Self.path, "serve", "--listen", "127.0.0.1:0", "--log-level", "error"] + arguments,
            environment: environment.merging(["XDG_STATE_HOME": state.url.path]) { $1 }, announcing: "listening on ",
            on: .errors)
        base = "http://" + (program.announcement.split(whereSeparator: \.isWhitespace).last ?? "")
    }

    public func stop() {
        program.stop()
        state.remove()
    }
}
