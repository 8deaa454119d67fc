import Forms
import Foundation
import HTTPTypes

/// A request's parameters and files, whether from the query or the body.
struct Form: Sendable {
    private var fields: [String: String] = [:]
    private var files: [(field: String, upload: Upload)] = []
    /// How many more fields and files are accepted.
    private(set) var room = 256
    private var memoryShare: MemoryBudget.Share?

    /// Creates an empty form.
    init() {}

    /// Creates a form from a query.
    /// - Throws: `Refusal.malformedBody`.
    init(query: String) throws(Refusal) {
        do {
            add(try URLEncoded.decode(Array(query.utf8), limit: room))
        } catch {
            throw .malformedBody(error)
        }
    }

    /// A field's value without surrounding blanks; `nil` if it is missing or empty.
    subscript(_ name: String) -> String? { fields[name].flatMap { $0.isEmpty ? nil : $0 } }

    /// A field's value as a number.
    /// - Parameter kind: What the field holds, for the refusal.
    /// - Returns: `nil` if it is missing or empty.
    /// - Throws: `Refusal.badParameter` if it is not a number in `range`.
    func number(_ name: String, in range: ClosedRange<Double>, kind: String = "a number") throws(Refusal) -> Double? {
        guard let text = self[name] else { return nil }
        guard let value = Double(text), range.contains(value) else {
            let limits = String(format: "%g to %g", range.lowerBound, range.upperBound)
            throw .badParameter(name, "\(kind) from \(limits)")
        }
        return value
    }

    /// A field's value as seconds; `fallback` if it is missing or empty.
    /// - Throws: `Refusal.badParameter` if it is not a number in `range`.
    func seconds(_ name: String, in range: ClosedRange<Double>, or fallback: Double) throws(Refusal) -> Double {
        try number(name, in: range, kind: "a number of seconds") ?? fallback
    }

    /// The file in the first of these fields that has one.
    func file(_ names: String...) -> Upload? {
        names.lazy.compactMap { name in files.first { $0.field == name }?.upload }.first
    }

    /// The first file in any field.
    var anyFile: Upload? { files.first?.upload }

    /// All files, in their order, also empty ones where `FormLimits.takesEveryPart` holds.
    var parts: [Upload] { files.map(\.upload) }

    /// Adds decoded fields. A later field replaces an earlier one of the same name.
    mutating func add(_ pairs: [URLEncoded.Field]) {
        room -= pairs.count
        for (name, value) in pairs { fields[name] = value }
    }

    /// Adds a file in field `name`.
    /// - Parameter keepsEmpty: Whether an empty file without a name is one, too. Default false.
    mutating func add(_ name: String, _ upload: Upload, keepsEmpty: Bool = false) {
        room -= 1
        // Browsers send an empty part for a file input without a file.
        if !keepsEmpty && upload.size == 0 && (upload.name ?? "").isEmpty { return }
        files.append((name, upload))
    }

    /// Reserves memory for long fields, once, until the form is released.
    /// - Parameters:
    ///   - bytes: The fields' length so far.
    ///   - limit: The longest they may become, in bytes.
    /// - Throws: `Refusal.overloaded` if the budget is used up.
    mutating func reserve(for bytes: Int, limit: Int, budget: MemoryBudget) throws(Refusal) {
        guard bytes > FormLimits.defaultFieldBytes, memoryShare == nil else { return }
        guard let share = budget.take(limit) else { throw .overloaded }
        memoryShare = share
    }
}

/// What a route's body may contain. The default is fields, but no files.
struct FormLimits: Sendable {
    /// Fields up to this size do not count against the memory budget.
    static let defaultFieldBytes = 1 << 20

    /// The largest file, in bytes.
    var fileBytes = 0
    /// The most bytes of all fields together.
    var fieldBytes = defaultFieldBytes
    /// Whether small files stay in memory. Otherwise every file is written to disk.
    var keepsSmallFilesInMemory = true
    /// Fields that are files even if the part has neither a file name nor a type, as some clients send them.
    var fileFields: Set<String> = []
    /// Whether files in other fields are accepted. Otherwise they are dropped.
    var takesAnyFile = false
    /// Whether each part of a multipart body is a file, whatever it says of itself.
    var takesEveryPart = false
    /// Whether the body is a file itself instead of a form. It becomes the form's `anyFile`.
    var takesRawBody = false
    /// The largest body, in bytes: a file, the fields, and 1 MiB for multipart headers and boundaries.
    var bodyBytes: Int { fileBytes + fieldBytes + (1 << 20) }

    /// Limits for videos, which the sampler needs as files.
    static func video(bytes: Int, fields: Set<String>) -> Self {
        Self(fileBytes: bytes, keepsSmallFilesInMemory: false, fileFields: fields)
    }

    /// Checks the declared length of a body.
    /// - Throws: `Refusal.tooLarge`.
    func check(_ headers: HTTPFields) throws(Refusal) {
        if let declared = headers[.contentLength].flatMap({ Int($0) }), declared > bodyBytes {
            throw .tooLarge(limit: bodyBytes)
        }
    }
}
