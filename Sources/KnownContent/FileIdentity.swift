import Foundation

/// Identifies a file and its contents, to detect that it was replaced or modified.
struct FileIdentity: Hashable, Sendable {
    private let device, inode, size, seconds, nanoseconds: Int

    /// Returns `nil` if there is no such file.
    init?(path: String) {
        var status = stat()
        guard stat(path, &status) == 0 else { return nil }
        device = Int(status.st_dev)
        inode = Int(truncatingIfNeeded: status.st_ino)
        size = Int(status.st_size)
        seconds = status.st_mtim.tv_sec
        nanoseconds = status.st_mtim.tv_nsec
    }
}

extension HashList {
    /// Reads a file in any of the supported formats. Invalid lines are skipped and listed in `problems`.
    /// - Throws: `KnownContentError`
    public init(path: String) throws {
        var status = stat()
        guard stat(path, &status) == 0 else { throw KnownContentError.unreadable(path: path) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw KnownContentError.notAFile(path: path) }
        guard status.st_size <= Self.limit else { throw KnownContentError.tooLarge(path: path, limit: Self.limit) }
        guard let file = FileHandle(forReadingAtPath: path) else { throw KnownContentError.unreadable(path: path) }
        defer { try? file.close() }
        // Reads one byte more than the limit, since the file may have grown meanwhile.
        guard let data = try? file.read(upToCount: Self.limit + 1) ?? Data() else {
            throw KnownContentError.unreadable(path: path)
        }
        guard !data.isEmpty else { throw KnownContentError.noHashes(path: path) }
        guard data.count <= Self.limit else { throw KnownContentError.tooLarge(path: path, limit: Self.limit) }
        self = try data.withUnsafeBytes { try HashList($0, path: path) }
    }
}
