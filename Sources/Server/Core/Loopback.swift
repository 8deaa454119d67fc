import Foundation

/// The host names and addresses that only this machine's own programs can reach.
enum Loopback {
    /// Whether a host is `localhost`, in 127.0.0.0/8, or `::1`.
    /// - Parameter host: Without brackets and port.
    static func contains(host: String) -> Bool {
        if host.lowercased() == "localhost" { return true }
        var four = in_addr()
        if inet_pton(AF_INET, host, &four) == 1 { return UInt32(bigEndian: four.s_addr) >> 24 == 127 }
        var six = in6_addr()
        guard inet_pton(AF_INET6, host, &six) == 1 else { return false }
        return withUnsafeBytes(of: six) { $0.elementsEqual(Array(repeating: 0, count: 15) + [1]) }
    }

    /// Whether a `Host` header names such a host, with any port or none.
    static func contains(authority: String) -> Bool {
        // IPv6 addresses are always in brackets, other hosts never.
        guard let parts = authority.wholeMatch(of: /(?:\[([0-9a-fA-F:]+)\]|([^:\[\]]+))(?::[0-9]*)?/) else {
            return false
        }
        return (parts.output.1 ?? parts.output.2).map { contains(host: String($0)) } ?? false
    }

    /// Whether an `Origin` header names a web page on such a host. `null` does not.
    static func contains(origin: String) -> Bool {
        origin.wholeMatch(of: /https?:\/\/(.+)/).map { contains(authority: String($0.output.1)) } ?? false
    }
}
