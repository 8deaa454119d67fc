import Foundation

/// A file that came with a request: in memory when it is small, else in a temporary file without a name, which is gone
/// when this is.
final class Upload: Sendable {
    enum Storage: Sendable {
        case memory([UInt8])
        case file(TemporaryFile)
    }

    /// As the client named it; `nil` when it did not.
    let name: String?
    /// Bytes.
    let size: Int
    private let storage: Storage
    private let reserved: MemoryBudget.Share?

    init(name: String?, size: Int, storage: Storage, reserved: MemoryBudget.Share? = nil) {
        self.name = name
        self.size = size
        self.storage = storage
        self.reserved = reserved
    }

    /// Gives the bytes to `body`. Reads the file, if it is one: call it on a thread that may block.
    func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) throws -> Result {
        switch storage {
        case .memory(let bytes): try bytes.withUnsafeBytes(body)
        case .file(let file):
            try Data(contentsOf: URL(filePath: file.path), options: .alwaysMapped).withUnsafeBytes(body)
        }
    }

    /// Copies the bytes to a file that its owner alone can read. Blocks as long as the disk does. Throws `POSIXError`, or
    /// what the file system says.
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

    /// A path that opens the bytes as long as this lives; `nil` when they are in memory.
    var path: String? {
        if case .file(let file) = storage { file.path } else { nil }
    }
}

/// A file that has no name: nobody else can open it, and it is gone when it is closed, however that comes about.
final class TemporaryFile: Sendable {
    private let descriptor: Int32

    /// Throws `POSIXError`.
    init() throws {
        var template = Array((NSTemporaryDirectory() + "/framesift.XXXXXX").utf8CString)
        descriptor = mkstemp(&template)
        guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
        unlink(template)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    deinit { close(descriptor) }

    /// Opens the same bytes again, from the beginning.
    var path: String { "/proc/self/fd/\(descriptor)" }

    /// Blocks as long as the disk does. Throws `POSIXError`.
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
