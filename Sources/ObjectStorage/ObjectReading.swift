import Foundation
import HTTPTransport
import Runtime
import Synchronization

extension ObjectStorage {
    /// Reads an object, or a range of it. Where the connection breaks, it is read on from there, unless the object was
    /// replaced meanwhile.
    /// - Parameters:
    ///   - range: Of bytes, not empty. What lies beyond the end is left out. `nil` for all.
    ///   - sink: Called with the bytes, in order, on a thread of its own. May block. What it throws ends the reading.
    /// - Returns: The number of bytes read.
    /// - Throws: `ObjectStorageError`, `CancellationError`, or what `sink` throws.
    @discardableResult
    public func get(
        _ address: ObjectAddress, range: Range<Int>? = nil,
        into sink: @escaping @Sendable (ArraySlice<UInt8>) throws -> Void
    ) async throws -> Int {
        if let range, range.isEmpty { return 0 }
        let progress = ReadingProgress()
        let interruption = HTTPDownload.Interruption()
        try await withTaskCancellationHandler {
            try await repeating(about: address) { _ in
                try Task.checkCancellation()
                let outcome = try await threads.run { () throws -> Refusal? in
                    try self.read(address, range, progress, interruption, sink)
                }
                guard let outcome else { return .success(()) }
                return .failure(outcome)
            }
        } onCancel: {
            interruption.interrupt()
        }
        return progress.state.withLock { $0.count }
    }

    /// Reads on from where the progress is. Blocks.
    /// - Returns: Why it came to nothing; `nil` at the end.
    private func read(
        _ address: ObjectAddress, _ range: Range<Int>?, _ progress: ReadingProgress,
        _ interruption: HTTPDownload.Interruption, _ sink: (ArraySlice<UInt8>) throws -> Void
    ) throws -> Refusal? {
        let (done, etag) = progress.state.withLock { ($0.count, $0.etag) }
        let first = (range?.lowerBound ?? 0) + done
        var limits = HTTPDownload.Limits(maxBytes: 0)
        limits.allowsPrivate = true
        (limits.connectDeadline, limits.idleDeadline) = (rules.connectDeadline, rules.answerDeadline)
        (limits.wholeDeadline, limits.redirects) = (rules.readDeadline, 0)
        limits.signing = settings.signing
        // An end of 0 is none.
        if range != nil || done > 0 { limits.range = first..<max(first, range?.upperBound ?? 0) }
        if range == nil { limits.range = done > 0 ? first..<Int.max : nil }
        let download = try HTTPDownload(
            signedURL(of: address).url, limits: limits, userAgent: userAgent, interruption: interruption)
        switch download.status {
        case 206 where limits.range != nil, 200 where limits.range == nil || first == 0: break
        case 416: return nil
        case 200...299: return Refusal(.unreadable)
        default: return Refusal(ObjectStorageAnswer.kind(status: download.status, body: try beginning(of: download)))
        }
        let now = download.header("ETag")
        guard done == 0 || now == etag else { return Refusal(.changed) }
        progress.state.withLock { $0.etag = now }
        var left = range.map { $0.count - done } ?? .max
        var buffer = [UInt8](repeating: 0, count: 64 << 10)
        while left > 0 {
            let count = min(left, try download.read(into: &buffer))
            if count == 0 { break }
            try sink(buffer[..<count])
            left -= count
            progress.state.withLock { $0.count += count }
        }
        return nil
    }

    /// As much of a body as an error has.
    private func beginning(of download: HTTPDownload) throws(HTTPFailure) -> Data {
        var body = Data()
        var buffer = [UInt8](repeating: 0, count: 16 << 10)
        while body.count <= 64 << 10 {
            let count = try download.read(into: &buffer)
            if count == 0 { break }
            body += buffer[..<count]
        }
        return body
    }
}

/// How far an object was read, over several attempts.
private final class ReadingProgress: Sendable {
    let state = Mutex<(count: Int, etag: String?)>((0, nil))
}
