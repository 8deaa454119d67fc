import CHTTP
import Foundation
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

    /// Throws `Refusal`.
    func fetch(_ url: String, limit: Int) async throws -> Upload {
        guard Self.isValid(url) else { throw Refusal.badURL }
        return try await admission.run {
            try await threads.run { [self] in try fetchNow(url, limit: limit) }
        }
    }

    /// An absolute http(s) URL with a host and without control characters or blanks.
    static func isValid(_ url: String) -> Bool {
        guard url.utf8.count <= 8192, !url.utf8.contains(where: { $0 <= 32 || $0 == 127 }) else { return false }
        guard let parts = URLComponents(string: url) ?? URLComponents(string: url.addingNonASCIIEscapes),
            let scheme = parts.scheme?.lowercased(), let host = parts.host
        else { return false }
        return (scheme == "http" || scheme == "https") && !host.isEmpty
    }

    private func fetchNow(_ url: String, limit: Int) throws -> Upload {
        var stream: OpaquePointer?
        let code = userAgent.withCString { agent in
            var limits = chttp_limits(
                allow_private: allowPrivate, connect_ms: 5_000, idle_ms: 10_000, total_ms: 30_000,
                max_bytes: Int64(limit), max_redirects: 5, user_agent: agent)
            return chttp_stream_open(url, 0, &limits, nil, nil, &stream)
        }
        guard let stream else { throw Self.refusal(code, limit: limit) }
        defer { chttp_stream_close(stream) }
        switch chttp_stream_status(stream) {
        case 200...299: break
        case 404, 410: throw Refusal.notFound
        case let status: throw Refusal.unreachable("its server answers with status \(status)")
        }
        guard chttp_stream_total(stream) <= Int64(limit) else { throw Refusal.tooLarge(limit: limit) }
        return try Self.read(stream, name: url, limit: limit, budget: budget)
    }

    private static func read(_ stream: OpaquePointer, name: String, limit: Int, budget: MemoryBudget) throws -> Upload {
        let share = budget.take(UploadWriter.memoryLimit)
        var bytes: [UInt8] = []
        var file: TemporaryFile?
        var size = 0
        var block = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = chttp_stream_read(stream, &block, block.count)
            guard count >= 0 else { throw refusal(Int32(count), limit: limit) }
            if count == 0 { break }
            size += Int(count)
            bytes.append(contentsOf: block.prefix(Int(count)))
            if bytes.count > UploadWriter.memoryLimit || (share == nil && bytes.count >= block.count) {
                let target = try file ?? TemporaryFile()
                try target.append(bytes)
                file = target
                bytes.removeAll(keepingCapacity: true)
            }
        }
        guard let file else { return Upload(name: name, size: size, storage: .memory(bytes), reserved: share) }
        try file.append(bytes)
        return Upload(name: name, size: size, storage: .file(file))
    }

    private static func refusal(_ code: Int32, limit: Int) -> Refusal {
        switch code {
        case Int32(CHTTP_ERROR_REFUSED): .refusedAddress
        case Int32(CHTTP_ERROR_TOO_LARGE): .tooLarge(limit: limit)
        case Int32(CHTTP_ERROR_BAD_URL): .badURL
        default: .unreachable(String(cString: chttp_error_text(code)))
        }
    }
}

extension String {
    fileprivate var addingNonASCIIEscapes: String {
        addingPercentEncoding(
            withAllowedCharacters: CharacterSet(charactersIn: Unicode.Scalar(33)...Unicode.Scalar(126)))
            ?? self
    }
}
