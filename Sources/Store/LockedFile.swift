import Foundation

/// A file locked by one process at a time. The system releases the lock when the process ends, however it ends.
struct LockedFile: Sendable {
    private let descriptor: Int32

    /// Creates the file if it is missing, and waits for the lock.
    /// - Throws: `StoreError`.
    init(_ path: String) throws(StoreError) { descriptor = try Self.lock(path) }

    private static func lock(_ path: String) throws(StoreError) -> Int32 {
        while true {
            let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
            var status = stat()
            guard descriptor >= 0, flock(descriptor, LOCK_EX) == 0, fstat(descriptor, &status) == 0 else {
                let cause = String(cString: strerror(errno))
                if descriptor >= 0 { Foundation.close(descriptor) }
                throw StoreError(place: path, cause: cause)
            }
            if status.st_nlink > 0 { return descriptor }
            // Another process removed the file before it was locked.
            Foundation.close(descriptor)
        }
    }

    func close() { Foundation.close(descriptor) }

    /// Removes a file unless a process holds it.
    /// - Returns: Whether the file is gone.
    static func remove(_ path: String) -> Bool {
        let descriptor = open(path, O_RDWR | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT }
        defer { Foundation.close(descriptor) }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return false }
        unlink(path)
        return true
    }
}
