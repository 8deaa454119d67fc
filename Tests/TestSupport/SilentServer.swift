import Foundation
import Glibc

/// Accepts connections on a port of loopback that the system picks, and never answers.
public final class SilentServer {
    public let port: UInt16
    private let socket: Int32

    public struct Problem: Error {}

    public init() throws {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let bound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                Glibc.bind(socket, pointer, size) == 0 && Glibc.listen(socket, 4) == 0
                    && getsockname(socket, pointer, &size) == 0
            }
        }
        guard bound else { throw Problem() }
        self.socket = socket
        port = UInt16(bigEndian: address.sin_port)
    }

    /// Until somebody has connected, a minute at most.
    public func waitForCaller() throws {
        var waited = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        guard poll(&waited, 1, 60_000) == 1 else { throw Problem() }
    }

    deinit { close(socket) }
}
