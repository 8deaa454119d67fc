import Base
import COpenSSL
import Foundation

/// A cryptographic hash function of OpenSSL's.
package enum HashFunction: Sendable {
    /// Only to name files for services that know them so: it is no protection against forgery.
    case sha1
    case sha256

    /// OpenSSL's own. It lives as long as the process.
    var evp: OpaquePointer? {
        switch self {
        case .sha1: EVP_sha1()
        case .sha256: EVP_sha256()
        }
    }
}

/// What a hash function makes of bytes.
package struct Digest: Hashable, Sendable {
    /// 20 for SHA-1, 32 for SHA-256.
    package let bytes: [UInt8]

    /// Lowercase digits, two per byte.
    package var hexadecimal: String { bytes.hexadecimal }

    /// Compares in constant time, so that timing does not tell how much of two digests is alike.
    package static func == (one: Digest, other: Digest) -> Bool {
        one.bytes.count == other.bytes.count && CRYPTO_memcmp(one.bytes, other.bytes, one.bytes.count) == 0
    }

    /// Of bytes in memory.
    package init(_ function: HashFunction, of bytes: UnsafeRawBufferPointer) {
        var hash = Hash(function)
        hash.update(bytes)
        self = hash.finalize()
    }

    /// Of bytes in memory.
    package init(_ function: HashFunction, of bytes: some ContiguousBytes) {
        self = bytes.withUnsafeBytes { Digest(function, of: $0) }
    }

    /// Of a file. Blocks, and reads 1 MiB at a time.
    /// - Parameter isStopped: Asked before each block whether to give up. Default never.
    /// - Throws: Foundation's error if the file cannot be read; `CancellationError` if it was stopped.
    package init(
        _ function: HashFunction, ofFile path: String, isStopped: () -> Bool = { false }
    ) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        var hash = Hash(function)
        while let block = try file.read(upToCount: 1 << 20), !block.isEmpty {
            if isStopped() { throw CancellationError() }
            block.withUnsafeBytes { hash.update($0) }
        }
        self = hash.finalize()
    }

    /// Of a range of a file, which has to be there. Blocks, and reads 1 MiB at a time.
    /// - Throws: Foundation's error if the file cannot be read, or ends before.
    package init(_ function: HashFunction, ofFile path: String, _ range: Range<Int>) throws {
        let file = try FileHandle(forReadingFrom: URL(filePath: path))
        defer { try? file.close() }
        try file.seek(toOffset: UInt64(range.lowerBound))
        var hash = Hash(function)
        var left = range.count
        while left > 0 {
            guard let block = try file.read(upToCount: min(left, 1 << 20)), !block.isEmpty else {
                throw CocoaError(.fileReadCorruptFile)
            }
            block.withUnsafeBytes { hash.update($0) }
            left -= block.count
        }
        self = hash.finalize()
    }

    /// - Parameter bytes: As a hash function wrote them.
    init(bytes: [UInt8]) { self.bytes = bytes }
}

/// A digest that is being made.
private struct Hash: ~Copyable {
    private let context: OpaquePointer

    init(_ function: HashFunction) {
        guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, function.evp, nil) == 1 else {
            // Both functions are part of every OpenSSL. What is left is a lack of memory, where Swift ends a program, too.
            fatalError("OpenSSL could not begin a digest")
        }
        self.context = context
    }

    mutating func update(_ bytes: UnsafeRawBufferPointer) {
        precondition(EVP_DigestUpdate(context, bytes.baseAddress, bytes.count) == 1, "a digest that was begun goes on")
    }

    /// Ends the digest; called once.
    mutating func finalize() -> Digest {
        let size = Int(EVP_MD_get_size(EVP_MD_CTX_get0_md(context)))
        let bytes = [UInt8](unsafeUninitializedCapacity: size) { buffer, count in
            precondition(EVP_DigestFinal_ex(context, buffer.baseAddress, nil) == 1, "a digest that was begun ends")
            count = size
        }
        return Digest(bytes: bytes)
    }

    deinit { EVP_MD_CTX_free(context) }
}
