import Forms
import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import Runtime

/// What a request says, wherever it says it: query, form body and files.
struct Form: Sendable {
    /// Values without blanks around them.
    private var fields: [String: String] = [:]
    private var files: [(field: String, upload: Upload)] = []
    /// How many more fields it takes, from the query and the body together.
    fileprivate private(set) var room = 256
    /// Memory that long fields take from the budget.
    fileprivate var shares: [MemoryBudget.Share] = []

    init() {}

    /// Of the query alone. Throws `Refusal`.
    init(query: String) throws {
        do {
            add(try URLEncoded.decode(Array(query.utf8), most: room))
        } catch {
            throw Refusal.malformedBody(error)
        }
    }

    /// A field's value, without blanks around it; `nil` when it is missing or empty.
    subscript(_ name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }

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

    fileprivate mutating func add(_ pairs: [URLEncoded.Field]) {
        room -= pairs.count
        for (name, value) in pairs { fields[name] = value }
    }

    fileprivate mutating func add(_ name: String, _ upload: Upload) {
        room -= 1
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
    /// Bytes of a whole body: a file, fields, and what stands between them.
    fileprivate var bodyBytes: Int { fileBytes + fieldBytes + (1 << 20) }

    /// Throws `Refusal.tooLarge` when a request says itself that it is.
    func check(_ headers: HTTPFields) throws {
        if let declared = headers[.contentLength].flatMap({ Int($0) }), declared > bodyBytes {
            throw Refusal.tooLarge(limit: bodyBytes)
        }
    }
}

/// Reads requests into forms.
struct FormReader: Sendable {
    let budget: MemoryBudget
    let disk: BlockingThreads
    /// For a whole body to arrive: what its sender may take, not what is done with it meanwhile.
    let deadline: Duration
    var clock = TimeSource.system

    /// Adds what the body says to what the query did. What is wrong ends the reading. Throws `Refusal`.
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
        var counter = URLEncoded.Counter(most: room)
        var bytes: [UInt8] = []
        for try await chunk in body {
            try chunk.withUnsafeReadableBytes { try counter.feed($0) }
            guard bytes.count + chunk.readableBytes <= limit else { throw Refusal.tooLarge(limit: limit) }
            try form.reserve(for: bytes.count + chunk.readableBytes, limit: limit, budget: budget)
            bytes.append(contentsOf: chunk.readableBytesView)
        }
        form.add(try await disk.run(over: bytes.count) { [bytes] in try URLEncoded.decode(bytes, most: room) })
    }

    private func readMultipart(
        _ body: BoundedBody, _ type: String, _ limits: FormLimits, into form: inout Form
    ) async throws {
        var parser = try MultipartParser(contentType: type, mostParts: form.room)
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
            case .field:
                form.add([(name, try await disk.run(over: text.count) { [text] in FieldText.decode(text) })])
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
