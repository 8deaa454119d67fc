import Foundation
import Runtime

/// Receives a file piece by piece: into memory first, into a temporary file once it grows.
struct UploadWriter {
    /// A file up to this size stays in memory, if the budget allows. Bytes.
    static let memoryLimit = 1 << 20
    /// Written to the file at once. Bytes.
    private static let blockSize = 256 * 1024

    private let name: String?
    private let limit: Int
    private let disk: BlockingThreads
    private let share: MemoryBudget.Share?
    private var pending: [UInt8] = []
    private var file: TemporaryFile?
    private var size = 0

    /// - Parameters:
    ///   - limit: Bytes; more is refused.
    ///   - mayStayInMemory: Videos may not: the sampler opens files.
    init(name: String?, limit: Int, mayStayInMemory: Bool, budget: MemoryBudget, disk: BlockingThreads) {
        self.name = name
        self.limit = limit
        self.disk = disk
        share = mayStayInMemory ? budget.take(Self.memoryLimit) : nil
    }

    /// Throws `Refusal.tooLarge`, or what the disk says.
    mutating func append(_ bytes: [UInt8]) async throws {
        size += bytes.count
        guard size <= limit else { throw Refusal.tooLarge(limit: limit) }
        pending.append(contentsOf: bytes)
        let most = file == nil && share != nil ? Self.memoryLimit : Self.blockSize
        if pending.count > most { try await spill() }
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

    mutating func finish() async throws -> Upload {
        if file == nil, share != nil {
            return Upload(name: name, size: size, storage: .memory(pending), reserved: share)
        }
        if file == nil || !pending.isEmpty { try await spill() }
        guard let file else { throw Refusal.failure }
        return Upload(name: name, size: size, storage: .file(file))
    }
}
