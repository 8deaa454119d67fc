import Foundation
import FrameSampling
import HTTPTypes
import Hummingbird
import NIOCore

/// What a request says, wherever it says it: query, form body and files.
struct Form: Sendable {
    private(set) var fields: [String: String] = [:]
    private(set) var files: [(field: String, upload: Upload)] = []
    /// Memory that long fields take from the budget.
    fileprivate var shares: [MemoryBudget.Share] = []

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

    /// A field's value as a number; `nil` when it is missing or empty. Throws `Refusal` for anything else.
    func number(_ name: String, in range: ClosedRange<Double>) throws -> Double? {
        guard let text = self[name] else { return nil }
        guard let value = Double(text), range.contains(value) else {
            throw Refusal.badParameter(name, "a number from \(range.lowerBound) to \(range.upperBound)")
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

    fileprivate mutating func add(_ name: String, _ upload: Upload) {
        // A browser's form sends an empty part for a file nobody chose.
        if upload.size == 0 && (upload.name ?? "").isEmpty { return }
        files.append((name, upload))
    }

    /// Takes a share of the budget once fields grow beyond what is usual. Throws `Refusal.overloaded`.
    fileprivate mutating func reserve(for bytes: Int, limit: Int, budget: MemoryBudget) throws {
        guard bytes > FormLimits.usualFieldBytes, shares.isEmpty else { return }
        guard let share = budget.take(limit) else { throw Refusal.overloaded }
        shares.append(share)
    }
}

/// What a route takes.
struct FormLimits: Sendable {
    fileprivate static let usualFieldBytes = 1 << 20

    /// Bytes of a file.
    var fileBytes: Int
    /// Bytes of all other fields together.
    var fieldBytes = usualFieldBytes
    /// Files stay in memory while they are small; otherwise they are written out at once.
    var keepsSmallFilesInMemory = true
    /// Fields that are files, whether or not the part says so: some clients send neither name nor type.
    var fileFields: Set<String>
    /// Files in other fields count too; otherwise they are dropped.
    var takesAnyFile = false
    /// The body is a file as it is, in no form; `anyFile` has it.
    var takesRawBody = false
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
        if limits.takesRawBody {
            try await readRaw(request, limits, into: &form)
        } else if kind == "multipart/form-data" {
            try await readMultipart(request, type, limits, into: &form)
        } else {
            let text = try await readText(request, limit: limits.fieldBytes, into: &form)
            if kind == "application/x-www-form-urlencoded" || kind.isEmpty {
                form.add(URLEncoded.decode(text))
            } else if !text.isEmpty {
                throw Refusal.unsupportedBody
            }
        }
        guard form.fields.count <= Self.mostFields else { throw Refusal.unsupportedBody }
        return form
    }

    private func readRaw(_ request: Request, _ limits: FormLimits, into form: inout Form) async throws {
        var writer = UploadWriter(
            name: nil, limit: limits.fileBytes, mayStayInMemory: false, budget: budget, disk: disk)
        for try await chunk in TimedBody(request.body, deadline: deadline) {
            try await writer.append(Array(chunk.readableBytesView))
        }
        form.add("", try await writer.finish())
    }

    private func readText(_ request: Request, limit: Int, into form: inout Form) async throws -> String {
        var bytes: [UInt8] = []
        var refusal: Refusal?
        for try await chunk in TimedBody(request.body, deadline: deadline) where refusal == nil {
            do {
                guard bytes.count + chunk.readableBytes <= limit else { throw Refusal.tooLarge(limit: limit) }
                try form.reserve(for: bytes.count + chunk.readableBytes, limit: limit, budget: budget)
                bytes.append(contentsOf: chunk.readableBytesView)
            } catch let found as Refusal {
                (refusal, bytes) = (found, [])
            }
        }
        if let refusal { throw refusal }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Whatever is wrong with it, a body is read to its end: clients send all of it before they look for an answer.
    private func readMultipart(
        _ request: Request, _ type: String, _ limits: FormLimits, into form: inout Form
    ) async throws {
        var refusal: Refusal?
        var parser: MultipartParser?
        var receiver = PartReceiver(limits: limits, budget: budget, disk: disk)
        do {
            parser = try MultipartParser(contentType: type)
        } catch let problem as MultipartParser.Problem {
            refusal = .malformedBody(problem)
        }
        for try await chunk in TimedBody(request.body, deadline: deadline) where refusal == nil {
            do {
                let events = try chunk.withUnsafeReadableBytes { try parser?.feed($0) } ?? []
                for event in events { try await receiver.take(event, into: &form) }
                guard (parser?.parts ?? 0) <= Self.mostFields else { throw Refusal.unsupportedBody }
            } catch let problem as MultipartParser.Problem {
                refusal = .malformedBody(problem)
            } catch let found as Refusal {
                refusal = found
            }
        }
        if let refusal { throw refusal }
        do {
            for event in try parser?.finish() ?? [] { try await receiver.take(event, into: &form) }
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
    private enum Target {
        case field, file(UploadWriter), nothing
    }
    private var name = ""
    private var text: [UInt8] = []
    private var target = Target.nothing
    private var fieldBytes = 0

    init(limits: FormLimits, budget: MemoryBudget, disk: BlockingThreads) {
        self.limits = limits
        self.budget = budget
        self.disk = disk
    }

    mutating func take(_ event: MultipartParser.Event, into form: inout Form) async throws {
        switch event {
        case .began(let part):
            (name, text) = (part.name, [])
            target = target(of: part)
        case .bytes(let bytes):
            switch target {
            case .file(var writer):
                // Not held twice, so that its buffer is not copied.
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
            case .file(var writer): form.add(name, try await writer.finish())
            case .field: form.add([(name, String(decoding: text, as: UTF8.self))])
            case .nothing: break
            }
        }
    }

    private func target(of part: MultipartParser.Part) -> Target {
        if limits.fileFields.contains(part.name) || (limits.takesAnyFile && part.isFile) {
            return .file(
                UploadWriter(
                    name: part.filename, limit: limits.fileBytes, mayStayInMemory: limits.keepsSmallFilesInMemory,
                    budget: budget, disk: disk))
        }
        return part.isFile ? .nothing : .field
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
