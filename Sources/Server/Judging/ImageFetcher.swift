import Base
import HTTPCalling
import Runtime

/// Fetches images from URLs that strangers name: http(s), public addresses only, bounded in size, time and redirects.
final class ImageFetcher: Sendable {
    private let threads: BlockingThreads
    private let admission: Admission
    private let allowPrivate: Bool
    private let userAgent: String
    private let budget: MemoryBudget

    /// - Parameters:
    ///   - atOnce: Fetches side by side; as many again may wait.
    ///   - allowPrivate: Private addresses too.
    init(atOnce: Int, allowPrivate: Bool, userAgent: String, budget: MemoryBudget) {
        threads = BlockingThreads(count: atOnce, name: "framesift fetch")
        admission = Admission(limit: 2 * atOnce)
        self.allowPrivate = allowPrivate
        self.userAgent = userAgent
        self.budget = budget
    }

    deinit { threads.close() }

    /// - Throws: `Refusal`.
    func fetch(_ url: String, limit: Int) async throws -> Upload {
        guard WebAddress.isValid(url) else { throw Refusal.badURL }
        return try await admission.run {
            try await threads.run { [self] in
                do {
                    return try fetchNow(url, limit: limit)
                } catch let failure as HTTPFailure {
                    throw Refusal(failure, limit: limit)
                }
            }
        }
    }

    private func fetchNow(_ url: String, limit: Int) throws -> Upload {
        var limits = HTTPDownload.Limits(maxBytes: limit)
        limits.allowsPrivate = allowPrivate
        let download = try HTTPDownload(url, limits: limits, userAgent: userAgent)
        switch download.status {
        case 200...299: break
        case 404, 410: throw Refusal.notFound
        case let status: throw Refusal.unreachable("its server answers with status \(status)")
        }
        if let size = download.size, size > limit { throw Refusal.tooLarge(limit: limit) }
        let share = budget.take(UploadWriter.memoryLimit)
        var bytes: [UInt8] = []
        var file: TemporaryFile?
        var size = 0
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while case let count = try download.read(into: &block), count > 0 {
            size += count
            bytes.append(contentsOf: block.prefix(count))
            if bytes.count > UploadWriter.memoryLimit || (share == nil && bytes.count >= block.count) {
                let target = try file ?? TemporaryFile()
                try target.append(bytes)
                file = target
                bytes.removeAll(keepingCapacity: true)
            }
        }
        guard let file else { return Upload(name: url, size: size, storage: .memory(bytes), reserved: share) }
        try file.append(bytes)
        return Upload(name: url, size: size, storage: .file(file))
    }
}

extension Refusal {
    fileprivate init(_ failure: HTTPFailure, limit: Int) {
        self =
            failure.isRefused
            ? .refusedAddress
            : failure.isTooLarge ? .tooLarge(limit: limit) : failure.isBadURL ? .badURL : .unreachable("\(failure)")
    }
}
