import COpenSSL
import Foundation

/// HMAC (RFC 2104): shows that a message is from a holder of a shared secret.
package enum MessageAuthentication {
    /// The HMAC-SHA-256 of a message.
    package static func sha256(of message: Data, key: Data) -> Digest {
        // A pointer even for no bytes: OpenSSL takes none for "the key before".
        let key = key.isEmpty ? Data([0]) : key
        var count: UInt32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: Int(EVP_MAX_MD_SIZE)) { buffer, written in
            _ = key.withUnsafeBytes { key in
                message.withUnsafeBytes { message in
                    HMAC(
                        EVP_sha256(), key.baseAddress, Int32(key.count),
                        message.bindMemory(to: UInt8.self).baseAddress, message.count, buffer.baseAddress, &count)
                }
            }
            written = Int(count)
        }
        precondition(bytes.count == 32, "only a lack of memory keeps OpenSSL from it")
        return Digest(bytes: bytes)
    }
}
