/// Why a list cannot be used or a picture cannot be hashed. Messages name files and lines, but never quote a list.
public enum KnownContentError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The file does not exist, or reading it failed.
    case unreadable(path: String)
    /// The path is a directory or a device.
    case notAFile(path: String)
    /// The file has more than `limit` bytes.
    case tooLarge(path: String, limit: Int)
    /// All lists together have more than `limit` hashes.
    case tooManyHashes(limit: Int)
    /// The file has no hashes.
    case noHashes(path: String)
    /// The file is not valid JSON, or none of its lines (from 1) makes sense.
    case malformed(path: String, line: Int, reason: String)
    /// A side of the picture has fewer than 5 pixels.
    case tooSmall
    /// There is not enough memory to hash the picture.
    case outOfMemory

    public var description: String {
        switch self {
        case .unreadable(let path): "\(path): the hash list cannot be read."
        case .notAFile(let path): "\(path): a hash list has to be a regular file."
        case .tooLarge(let path, let limit): "\(path): a hash list can have at most \(limit >> 20) MiB."
        case .tooManyHashes(let limit): "All hash lists together can have at most \(limit) hashes."
        case .noHashes(let path): "\(path): there is no PDQ hash in it."
        case .malformed(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .tooSmall: "A picture with a side of less than 5 pixels has no hash."
        case .outOfMemory: "There is not enough memory to hash the picture."
        }
    }
}
