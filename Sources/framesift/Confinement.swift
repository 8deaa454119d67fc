import CConfinement
import Foundation

/// What a command keeps of the machine when it gives up the rest: some files, and no programs.
struct Confinement {
    /// Files, and folders with everything in them, that can still be read. Those that are missing are passed over.
    var readable: [String]
    /// Those that can also be written.
    var writable: [String]

    /// What every program reads while it runs: libraries and their settings, certificates, names of hosts, time zones,
    /// the processors. `/etc` as a whole, because what lies in it is replaced rather than written over; `/proc` as a whole,
    /// because libdispatch looks at its threads by number there, and ends the process where it cannot.
    static let system = [
        "/etc", "/usr", "/lib", "/lib64", "/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager",
        "/sys/devices/system", "/sys/fs/cgroup", "/proc", "/dev/urandom",
    ]

    /// Gives up the rest, for good. Call it on the main thread before there are others: those would keep their files.
    /// - Returns: What this kernel leaves the process nevertheless, a sentence each.
    /// - Throws: `CommandError` where the kernel could and does not.
    func begin() throws -> [String] {
        var gaps: [String] = []
        if try FileManager.default.contentsOfDirectory(atPath: "/proc/self/task").count > 1 {
            gaps.append("Threads that were there before can open any file.")
        }
        if try !Self.hold(restrictFiles()) { gaps.append("The kernel has no Landlock: any file can be opened.") }
        if try !Self.hold(restrictCalls()) { gaps.append("The kernel has no seccomp filters: programs can be run.") }
        return gaps
    }

    /// Whether it could be done.
    private static func hold(_ result: Int32) throws -> Bool {
        if result == 0 { return true }
        guard result == -ENOSYS || result == -EOPNOTSUPP else {
            throw CommandError(.ioError, "The process cannot be confined: \(String(cString: strerror(-result))).")
        }
        return false
    }

    private func restrictFiles() -> Int32 {
        let rights = readable.map { ($0, CCF_READ) } + writable.map { ($0, CCF_READ | CCF_WRITE) }
        // A path that there is no memory for is one less.
        let paths = rights.compactMap { path, rights in strdup(path).map { ccf_path(path: $0, rights: UInt32(rights)) }
        }
        defer { for path in paths { free(UnsafeMutablePointer(mutating: path.path)) } }
        return ccf_landlock_restrict(paths, paths.count, UInt32(CCF_OWN_SOCKETS))
    }

    private func restrictCalls() -> Int32 {
        var filter: OpaquePointer?
        let error = ccf_filter_make(CCF_SERVER, &filter)
        guard let filter else { return error }
        defer { ccf_filter_free(filter) }
        return ccf_filter_install(filter, true)
    }
}
