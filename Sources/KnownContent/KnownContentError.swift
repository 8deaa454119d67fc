/// Why there is nothing to compare pictures with. Sentences name files and lines, never what stands there.
public enum KnownContentError: Error, Hashable, Sendable, CustomStringConvertible {
    case unreadable(path: String)
    case notAFile(path: String)
    /// Bytes.
    case tooLarge(path: String, limit: Int)
    case tooManyHashes(limit: Int)
    /// None of its lines is a hash.
    case noHashes(path: String)
    /// A document that breaks off or is none.
    case malformed(path: String, line: Int, reason: String)
    /// The picture.
    case tooSmall
    case outOfMemory

    public var description: String {
        switch self {
        case .unreadable(let path): "\(path): the hash list cannot be read."
        case .notAFile(let path): "\(path): a hash list is a file."
        case .tooLarge(let path, let limit): "\(path): a hash list is at most \(limit >> 20) MiB."
        case .tooManyHashes(let limit): "Hash lists hold at most \(limit) hashes together."
        case .noHashes(let path): "\(path): there is no PDQ hash in it."
        case .malformed(let path, let line, let reason): "\(path):\(line): \(reason)"
        case .tooSmall: "A picture with a side of less than 5 pixels has no hash."
        case .outOfMemory: "There is no memory to hash the picture."
        }
    }
}
