import Forms
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Runtime

/// Reads request bodies into forms.
struct FormReader: Sendable {
    /// Memory for all requests together.
    let budget: MemoryBudget
    /// Threads for writing files.
    let disk: BlockingThreads
    /// The longest wait for a whole body. The time that its pieces take to process does not count.
    let deadline: Duration
    /// Measures the wait. Default: the system's clock.
    var clock = TimeSource.system

    /// Adds a body's fields and files to a form. Stops reading at the first error.
    /// - Throws: `Refusal`, `POSIXError` if a file cannot be written, or the connection's error.
    func read(
        _ body: RequestBody, _ headers: HTTPFields, limits: FormLimits, into form: inout Form
    ) async throws {
        let body = BoundedBody(body, limit: limits.bodyBytes, deadline: deadline, clock: clock)
        let type = headers[.contentType] ?? ""
        let kind = type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        do {
            if limits.takesRawBody {
                try await readRaw(body, limits, into: &form)
            } else if kind == "multipart/form-data" {
                try await readMultipart(body, type, limits, into: &form)
            } else if kind == "application/x-www-form-urlencoded" || kind.isEmpty {
                try await readURLEncoded(body, limit: limits.fieldBytes, into: &form)
            } else {
                for try await chunk in body where chunk.readableBytes > 0 { throw Refusal.unsupportedBody }
            }
        } catch let problem as FormProblem {
            throw Refusal.malformedBody(problem)
        }
    }

    private func readRaw(_ body: BoundedBody, _ limits: FormLimits, into form: inout Form) async throws {
        var writer = UploadWriter(
            name: nil, limit: limits.fileBytes, mayStayInMemory: false, budget: budget, disk: disk)
        for try await chunk in body { try await writer.append(Array(chunk.readableBytesView)) }
        form.add("", try await writer.finish())
    }

    private func readURLEncoded(_ body: BoundedBody, limit: Int, into form: inout Form) async throws {
        let room = form.room
        var counter = URLEncoded.Counter(limit: room)
        var bytes: [UInt8] = []
        for try await chunk in body {
            try chunk.withUnsafeReadableBytes { try counter.feed($0) }
            guard bytes.count + chunk.readableBytes <= limit else { throw Refusal.tooLarge(limit: limit) }
            try form.reserve(for: bytes.count + chunk.readableBytes, limit: limit, budget: budget)
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        form.add(try await disk.run(over: bytes.count) { [bytes] in try URLEncoded.decode(bytes, limit: room) })
    }

    private func readMultipart(
        _ body: BoundedBody, _ type: String, _ limits: FormLimits, into form: inout Form
    ) async throws {
        var parser = try MultipartParser(contentType: type, maxParts: form.room)
        var receiver = PartReceiver(limits: limits, budget: budget, disk: disk)
        for try await chunk in body {
            let events = try chunk.withUnsafeReadableBytes { try parser.feed($0) }
            for event in events { try await receiver.take(event, into: &form) }
        }
        for event in try parser.finish() { try await receiver.take(event, into: &form) }
    }
}

/// Sorts the parts of a multipart body into fields and files.
private struct PartReceiver {
    fileprivate enum Target {
        case field, file(UploadWriter), nothing
    }
    let limits: FormLimits
    let budget: MemoryBudget
    let disk: BlockingThreads
    fileprivate var name = ""
    fileprivate var text: [UInt8] = []
    fileprivate var target = Target.nothing
    fileprivate var fieldBytes = 0

    mutating func take(_ event: MultipartParser.Event, into form: inout Form) async throws {
        switch event {
        case .began(let part):
            (name, text) = (part.name, [])
            target = target(of: part)
        case .bytes(let bytes):
            switch target {
            case .file(var writer):
                // Leaves one reference, so that the buffer is not copied.
                target = .nothing
                try await writer.append(bytes)
                target = .file(writer)
            case .field:
                fieldBytes += bytes.count
                guard fieldBytes <= limits.fieldBytes else { throw Refusal.tooLarge(limit: limits.fieldBytes) }
                try form.reserve(for: fieldBytes, limit: limits.fieldBytes, budget: budget)
                text.append(contentsOf: bytes)
            case .nothing: break
            }
        case .ended:
            switch target {
            case .file(var writer):
                form.add(name, try await writer.finish(), keepsEmpty: limits.takesEveryPart)
            case .field:
                form.add([(name, try await disk.run(over: text.count) { [text] in FieldText.decode(text) })])
            case .nothing: break
            }
        }
    }

    private func target(of part: MultipartParser.Part) -> Target {
        if limits.takesEveryPart || limits.fileFields.contains(part.name)
            || (limits.takesAnyFile && part.isFile)
        {
            return .file(
                UploadWriter(
                    name: part.filename, limit: limits.fileBytes, mayStayInMemory: limits.keepsSmallFilesInMemory,
                    budget: budget, disk: disk))
        }
        return part.isFile ? .nothing : .field
    }
}
