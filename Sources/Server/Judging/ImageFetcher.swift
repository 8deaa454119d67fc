import Base
import HTTPTransport
import Runtime

/// Fetches images from URLs that clients name: only HTTP(S) and public addresses, with limits on size, time and
/// redirects.
final class ImageFetcher: Sendable {
    private let threads: BlockingThreads
    private let admission: Admission
    private let options: ServerOptions
    private let budget: MemoryBudget

    /// - Parameters:
    ///   - concurrency: The most fetches at once. As many again may wait.
    ///   - options: Say whether private addresses are allowed.
    ///   - budget: Memory for small images; others go to temporary files.
    init(concurrency: Int, options: ServerOptions, budget: MemoryBudget) {
        threads = BlockingThreads(count: concurrency, name: "framesift fetch")
        admission = Admission(limit: 2 * concurrency)
        self.options = options
        self.budget = budget
    }

    deinit { threads.close() }

    /// Fetches an image.
    /// - Parameter limit: The largest one, in bytes.
    /// - Throws: `Refusal`, or `POSIXError` if it cannot be written to disk.
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
        limits.allowsPrivate = options.allowsPrivateURLs
        let download = try HTTPDownload(url, limits: limits, userAgent: options.userAgent)
        switch download.status {
        case 200...299: break
        case 404, 410: throw Refusal.notFound
        case let status: throw Refusal.unreachable("its server responded with status \(status)")
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
