import Foundation

/// Tells the processes that share a state folder apart, so that one takes over what a dead one has left.
///
/// Each holds a lock on a file of its own, which the system gives back when the process ends, however it ends.
public final class Ownership: Sendable {
    /// Names this process in rows.
    public let name: String
    private let folder: URL
    private let descriptor: Int32

    /// Throws `StoreError`.
    /// - Parameter folder: The state folder.
    public init(folder: URL) throws {
        self.folder = folder.appending(path: "owners")
        name = UUID().uuidString.lowercased()
        let path = self.folder.appending(path: name).path
        try? FileManager.default.createDirectory(
            at: self.folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0, flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw StoreError(file: path, cause: String(cString: strerror(errno)))
        }
    }

    deinit {
        unlink(folder.appending(path: name).path)
        close(descriptor)
    }

    /// Whether the process of that name is gone. True for one process that asks, if several ask at once.
    func isGone(_ other: String) -> Bool {
        guard other != name else { return false }
        let path = folder.appending(path: other).path
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return true }
        defer { close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        unlink(path)
        return true
    }
}
