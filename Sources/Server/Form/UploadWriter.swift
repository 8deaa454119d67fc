import Foundation
import Runtime

/// Receives a file in pieces. It starts in memory and moves to a temporary file when it grows.
struct UploadWriter {
    /// The largest file that stays in memory, in bytes. It also needs a share of the budget.
    static let memoryLimit = 1 << 20
    /// Bytes collected before they are written to the file.
    private static let blockSize = 256 * 1024

    private let name: String?
    private let limit: Int
    private let disk: BlockingThreads
    private let share: MemoryBudget.Share?
    private var pending: [UInt8] = []
    private var file: TemporaryFile?
    private var size = 0

    /// - Parameters:
    ///   - name: The file name that the client sent.
    ///   - limit: The largest file, in bytes.
    ///   - mayStayInMemory: Whether a small file needs no temporary file. False for videos, since the sampler opens
    ///     files.
    ///   - disk: Threads for writing.
    init(name: String?, limit: Int, mayStayInMemory: Bool, budget: MemoryBudget, disk: BlockingThreads) {
        self.name = name
        self.limit = limit
        self.disk = disk
        share = mayStayInMemory ? budget.take(Self.memoryLimit) : nil
    }

    /// - Throws: `Refusal.tooLarge`, or `POSIXError` if the file cannot be written.
    mutating func append(_ bytes: [UInt8]) async throws {
        size += bytes.count
        guard size <= limit else { throw Refusal.tooLarge(limit: limit) }
        pending.append(contentsOf: bytes)
        let threshold = file == nil && share != nil ? Self.memoryLimit : Self.blockSize
        if pending.count > threshold { try await spill() }
    }

    private mutating func spill() async throws {
        let block = pending
        pending.removeAll(keepingCapacity: true)
        let known = file
        file = try await disk.run {
            let file = try known ?? TemporaryFile()
            try file.append(block)
            return file
        }
    }

    /// Ends the file. Nothing may be appended afterwards.
    /// - Throws: `POSIXError` if the file cannot be written.
    mutating func finish() async throws -> Upload {
        if file == nil, share != nil {
            return Upload(name: name, size: size, storage: .memory(pending), reserved: share)
        }
        if file == nil || !pending.isEmpty { try await spill() }
        guard let file else { throw Refusal.failure }
        return Upload(name: name, size: size, storage: .file(file))
    }
}
