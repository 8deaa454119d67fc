import Base
import Crypto
import Foundation

/// Identifies files by their bytes.
package enum FileDigest {
    /// The SHA-256 of a file, hexadecimal. Blocks, and reads 1 MiB at a time.
    /// - Throws: What the file system says.
    package static func sha256(of path: String) throws -> String {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        var hash = SHA256()
        while let block = try file.read(upToCount: 1 << 20), !block.isEmpty { hash.update(data: block) }
        return hash.finalize().hexadecimal
    }
}
