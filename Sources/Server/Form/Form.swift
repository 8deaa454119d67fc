import Foundation
import FrameSampling
import HTTPTypes
import Hummingbird
import NIOCore

/// What a request says, wherever it says it: query, form body and files.
struct Form: Sendable {
    private(set) var fields: [String: String] = [:]
    private(set) var files: [(field: String, upload: Upload)] = []

    init() {}

    /// Of the query alone.
    init(query: String) { add(URLEncoded.decode(query)) }

    /// A field's value, without blanks around it; `nil` when it is missing or empty.
    subscript(_ name: String) -> String? {
        guard let value = fields[name]?.trimmingCharacters(in: .whitespacesAndNewlines), !value.isEmpty else {
            return nil
        }
        return value
    }

    /// The file in the first of the fields that has one.
    func file(_ names: String...) -> Upload? {
        names.lazy.compactMap { name in files.first { $0.field == name }?.upload }.first
    }

    /// The first file, in whatever field.
    var anyFile: Upload? { files.first?.upload }

    fileprivate mutating func add(_ pairs: [(name: String, value: String)]) {
        for (name, value) in pairs { fields[name] = value }
    }

    fileprivate mutating func add(_ name: String, _ upload: Upload) { files.append((name, upload)) }
}

/// What a route takes.
struct FormLimits: Sendable {
    /// Bytes of a file.
    var fileBytes: Int
    /// Bytes of all other fields together.
    var fieldBytes = 1 << 20
    /// Files stay in memory while they are small; otherwise they are written out at once.
    var keepsSmallFilesInMemory = true
    /// File fields that count; `nil`: any.
    var fileFields: Set<String>?
}

/// Reads requests into forms.
struct FormReader: Sendable {
    let budget: MemoryBudget
    let disk: BlockingThreads
    /// For a whole body to arrive.
    let deadline: Duration

    private static let mostFields = 256

    /// Throws `Refusal`.
    func read(_ request: Request, limits: FormLimits) async throws -> Form {
        var form = Form()
        form.add(URLEncoded.decode(request.uri.query ?? ""))
        let type = request.headers[.contentType] ?? ""
        let kind = type.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        if kind == "multipart/form-data" {
            try await readMultipart(request, type, limits, into: &form)
        } else {
            let text = try await readText(request, limit: limits.fieldBytes)
            if kind == "application/x-www-form-urlencoded" || kind.isEmpty {
                form.add(URLEncoded.decode(text))
            } else if !text.isEmpty {
                throw Refusal.unsupportedBody
            }
        }
        guard form.fields.count <= Self.mostFields else { throw Refusal.unsupportedBody }
        return form
    }

    private func readText(_ request: Request, limit: Int) async throws -> String {
        var bytes: [UInt8] = []
        for try await chunk in TimedBody(request.body, deadline: deadline) {
            guard bytes.count + chunk.readableBytes <= limit else { throw Refusal.tooLarge(limit: limit) }
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    private func readMultipart(
        _ request: Request, _ type: String, _ limits: FormLimits, into form: inout Form
    ) async throws {
        do {
            var parser = try MultipartParser(contentType: type)
            var receiver = PartReceiver(limits: limits, budget: budget, disk: disk)
            for try await chunk in TimedBody(request.body, deadline: deadline) {
                let events = try chunk.withUnsafeReadableBytes { try parser.feed($0) }
                for event in events { try await receiver.take(event, into: &form) }
                guard parser.parts <= Self.mostFields else { throw Refusal.unsupportedBody }
            }
            for event in try parser.finish() { try await receiver.take(event, into: &form) }
        } catch let problem as MultipartParser.Problem {
            throw Refusal.malformedBody(problem)
        }
    }
}

/// Sorts the parts of a multipart body into fields and files.
private struct PartReceiver {
    let limits: FormLimits
    let budget: MemoryBudget
    let disk: BlockingThreads
    private var part: MultipartParser.Part?
    private var text: [UInt8] = []
    private var writer: UploadWriter?
    private var fieldBytes = 0

    init(limits: FormLimits, budget: MemoryBudget, disk: BlockingThreads) {
        self.limits = limits
        self.budget = budget
        self.disk = disk
    }

    mutating func take(_ event: MultipartParser.Event, into form: inout Form) async throws {
        switch event {
        case .began(let part):
            self.part = part
            text = []
            let counts = limits.fileFields?.contains(part.name) ?? true
            writer =
                part.isFile && counts
                ? UploadWriter(
                    name: part.filename, limit: limits.fileBytes, mayStayInMemory: limits.keepsSmallFilesInMemory,
                    budget: budget, disk: disk)
                : nil
        case .bytes(let bytes):
            if writer != nil {
                try await writer?.append(bytes)
            } else {
                fieldBytes += bytes.count
                guard fieldBytes <= limits.fieldBytes else { throw Refusal.tooLarge(limit: limits.fieldBytes) }
                text.append(contentsOf: bytes)
            }
        case .ended:
            guard let part else { return }
            if let upload = try await writer?.finish() {
                form.add(part.name, upload)
            } else {
                form.add([(part.name, String(decoding: text, as: UTF8.self))])
            }
            writer = nil
        }
    }
}

/// A body that has to be complete in time: silence is ended by the connection's idle limit, dripping by this.
private struct TimedBody: AsyncSequence {
    let body: RequestBody
    let deadline: Duration

    init(_ body: RequestBody, deadline: Duration) {
        self.body = body
        self.deadline = deadline
    }

    struct Iterator: AsyncIteratorProtocol {
        var inner: RequestBody.AsyncIterator
        let end: ContinuousClock.Instant

        mutating func next() async throws -> ByteBuffer? {
            guard ContinuousClock.now < end else { throw Refusal.malformedBody(.unexpectedEnd) }
            return try await inner.next()
        }
    }

    func makeAsyncIterator() -> Iterator { Iterator(inner: body.makeAsyncIterator(), end: .now + deadline) }
}
