import Foundation
import Glibc

/// A connection to a server on loopback that sends what it is told, when it is told.
final class RawClient: Sendable {
    private let descriptor: Int32

    /// Throws `POSIXError`.
    init(port: Int) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let connected = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    }

    deinit { close(descriptor) }

    /// Blocks until the system has taken it. Throws `POSIXError`.
    func send(_ text: some Sequence<UInt8>) throws {
        var rest = Array(text)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
            rest = rest.dropFirst(count)
        }
    }

    /// What comes until the server closes the connection or the text has come. Blocks.
    func receive(until end: String = "") -> String {
        var received: [UInt8] = []
        var block = [UInt8](repeating: 0, count: 65536)
        while end.isEmpty || !String(decoding: received, as: UTF8.self).contains(end) {
            let count = recv(descriptor, &block, block.count, 0)
            guard count > 0 else { break }
            received += block.prefix(count)
        }
        return String(decoding: received, as: UTF8.self)
    }

    /// Breaks off.
    func end() { shutdown(descriptor, Int32(SHUT_RDWR)) }
}
