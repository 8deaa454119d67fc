import Foundation

/// `framesift serve` as built for the tests, on a port that the system picks.
public final class ServerProgram {
    public let base: String
    private let process = Process()
    private let state: TemporaryFolder

    public static let path = Fixtures.root.appendingPathComponent(".build/debug/framesift").path

    /// - Parameter environment: Besides a state folder of its own.
    public convenience init(_ arguments: String..., environment: [String: String] = [:]) throws {
        try self.init(arguments, environment: environment)
    }

    public init(_ arguments: [String], environment: [String: String] = [:]) throws {
        state = try TemporaryFolder()
        let errors = Pipe()
        process.executableURL = URL(filePath: Self.path)
        process.arguments = ["serve", "--listen", "127.0.0.1:0", "--log-level", "error"] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
            .merging(["XDG_STATE_HOME": state.url.path]) { $1 }
        process.standardError = errors
        try process.run()
        var said = Data()
        while let byte = try errors.fileHandleForReading.read(upToCount: 1), !byte.isEmpty {
            said += byte
            if byte.first == 0x0A, said.range(of: Data("listening on ".utf8)) != nil { break }
        }
        let words = String(decoding: said, as: UTF8.self).split(whereSeparator: \.isWhitespace)
        base = "http://" + (words.last ?? "")
    }

    /// By SIGKILL, for the reason `FileServer` gives.
    public func stop() {
        kill(process.processIdentifier, SIGKILL)
        state.remove()
    }
}
