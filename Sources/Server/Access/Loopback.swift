import Foundation

/// The names and numbers by which a machine reaches itself, and nobody else can.
enum Loopback {
    /// Whether a host is one: `localhost`, an address in 127.0.0.0/8, or `::1`; without brackets and port.
    static func contains(host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
        return withUnsafeBytes(of: six) { $0.elementsEqual(Array(repeating: 0, count: 15) + [1]) }
    }

    /// Whether a `Host` header names one, with whatever port.
    static func contains(authority: String) -> Bool {
        // Only IPv6 addresses stand in brackets, and they always do.
        guard let parts = authority.wholeMatch(of: /(?:\[([0-9a-fA-F:]+)\]|([^:\[\]]+))(?::[0-9]*)?/) else {
            return false
        }
        return (parts.output.1 ?? parts.output.2).map { contains(host: String($0)) } ?? false
    }

    /// Whether an `Origin` header names a page that is served there; `null` does not.
    static func contains(origin: String) -> Bool {
        origin.wholeMatch(of: /https?:\/\/(.+)/).map { contains(authority: String($0.output.1)) } ?? false
    }
}
