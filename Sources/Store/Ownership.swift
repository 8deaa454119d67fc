import Foundation

/// Tells the processes that share a state folder apart, so that one takes over what a dead one has left.
///
/// Each holds a lock on a file of its own, which the system gives back when the process ends, however it ends.
public final class Ownership: Sendable {
    /// Names this process in rows.
    public let name = UUID().uuidString.lowercased()
    /// `nil`: there are no others.
    private let folder: URL?
    private let file: LockedFile?

    /// One for each `Store`, which makes its own. Throws `StoreError`.
    /// - Parameter folder: The state folder.
    public init(folder: URL) throws {
        let owners = folder.appending(path: "owners")
        try? FileManager.default.createDirectory(
            at: owners, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        self.folder = owners
        file = try LockedFile(owners.appending(path: name).path)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: owners.path)) ?? []
        // Whoever was killed has left a file; to ask after it is to remove it.
        for other in files { _ = isGone(other) }
    }

    /// Of a store that is this process's alone.
    init() {
        folder = nil
        file = nil
    }

    deinit {
        guard let folder else { return }
        unlink(folder.appending(path: name).path)
        file?.close()
    }

    /// Whether the process of that name is gone. Its file is, too, when this returns true.
    func isGone(_ other: String) -> Bool {
        guard other != name else { return false }
        guard let folder else { return true }
        return LockedFile.remove(folder.appending(path: other).path)
    }
}
