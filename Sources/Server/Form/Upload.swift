import Foundation

/// A file that came with a request, in memory or in a temporary file. Releasing it deletes the file.
final class Upload: Sendable {
    /// Where the bytes are.
    enum Storage: Sendable {
        case memory([UInt8])
        case file(TemporaryFile)
    }

    /// The file name that the client sent; `nil` if it sent none.
    let name: String?
    /// Bytes.
    let size: Int
    private let storage: Storage
    private let reserved: MemoryBudget.Share?

    /// - Parameters:
    ///   - size: Bytes.
    ///   - reserved: The share of the memory budget that the bytes use.
    init(name: String?, size: Int, storage: Storage, reserved: MemoryBudget.Share? = nil) {
        self.name = name
        self.size = size
        self.storage = storage
        self.reserved = reserved
    }

    /// Calls `body` with the bytes. Call it on a thread that may block: it may read a file.
    /// - Throws: Foundation's error if the file cannot be read, or what `body` throws.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        switch storage {
        case .memory(let bytes): try bytes.withUnsafeBytes(body)
        case .file(let file):
            try Data(contentsOf: URL(filePath: file.path), options: .alwaysMapped).withUnsafeBytes(body)
        }
    }

    /// Copies the bytes to a new file that only its owner can read. Blocks for the disk.
    /// - Throws: `POSIXError` or Foundation's error if the file cannot be written.
    func copy(to path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600]) else {
            throw POSIXError(.init(rawValue: errno) ?? .EIO)
        }
        let target = try FileHandle(forWritingTo: URL(filePath: path))
        defer { try? target.close() }
        guard let source = self.path else { return try withBytes { try target.write(contentsOf: Data($0)) } }
        let file = try FileHandle(forReadingFrom: URL(filePath: source))
        defer { try? file.close() }
        while let block = try file.read(upToCount: 1 << 20), !block.isEmpty { try target.write(contentsOf: block) }
    }

    /// A path to the bytes, valid while this object exists; `nil` if they are in memory.
    var path: String? {
        if case .file(let file) = storage { file.path } else { nil }
    }
}

/// A file without a name. No other process can open it, and the system deletes it when it is closed, even by a crash.
final class TemporaryFile: Sendable {
    private let descriptor: Int32

    /// Creates an empty file.
    /// - Throws: `POSIXError`.
    init() throws(POSIXError) {
        var template = Array((NSTemporaryDirectory() + "/framesift.XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// A path to the bytes, valid while this object exists. Each opening starts at the beginning.
    var path: String { "/proc/self/fd/\(descriptor)" }

    /// Appends bytes. Blocks for the disk.
    /// - Throws: `POSIXError`.
    func append(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0 && errno == EINTR { continue }
                guard count > 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
                rest = rest.dropFirst(count)
            }
        }
    }
}
