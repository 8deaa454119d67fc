import Foundation

/// `address-server.py`, running: serves a folder in the ways that servers do.
public final class AddressServer {
    /// Its address, with a user and a password that are needed for `locked` only.
    public let address: String
    private let program: RunningProgram

    public init(folder: URL) throws {
        program = try Python(program: "TestSupport/address-server.py", [folder.path]).start()
        address = "http://somebody:s@cret@127.0.0.1:\(program.announcement)"
    }

    public func stop() { program.stop() }
}
