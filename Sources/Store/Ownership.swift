import Foundation

/// Identifies this process among those that share a state folder, so that others can take over its work if it dies.
///
/// Each process holds a lock on its own file. The system releases it when the process ends, however it ends.
public final class Ownership: Sendable {
    /// Identifies this process in the database.
    public let name = UUID().uuidString.lowercased()
    /// `nil` if no other process can share the store.
    private let folder: URL?
    private let file: LockedFile?

    /// Registers this process. Each `Store` creates its own `Ownership`.
    /// - Parameter folder: The state folder.
    /// - Throws: `StoreError` if the lock file cannot be created.
    public init(folder: URL) throws(StoreError) {
        let owners = folder.appending(path: "owners")
        try? FileManager.default.createDirectory(
            at: owners, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        self.folder = owners
        file = try LockedFile(owners.appending(path: name).path)
        let files = (try? FileManager.default.contentsOfDirectory(atPath: owners.path)) ?? []
        // Killed processes leave their files behind. Asking about a file removes it.
        for other in files { _ = isGone(other) }
    }

    /// For a store that only this process uses.
    init() {
        folder = nil
        file = nil
    }

    deinit {
        guard let folder else { return }
        unlink(folder.appending(path: name).path)
        file?.close()
    }

    /// Whether the process of that name has ended. If so, its file has been removed.
    func isGone(_ other: String) -> Bool {
        guard other != name else { return false }
        guard let folder else { return true }
        return LockedFile.remove(folder.appending(path: other).path)
    }
}
