import Glibc

/// Parses a `multipart/form-data` body (RFC 7578) incrementally, from chunks of any size.
///
/// Buffers no more than one part's headers, or bytes that may be part of a boundary. Takes linear time.
package struct MultipartParser: Sendable {
    /// The headers of a part.
    package struct Part: Hashable, Sendable {
        /// The name of the field.
        package var name: String
        /// `nil` if the part is not a file upload.
        package var filename: String?
        /// As the client sent it; `nil` if it sent none.
        package var contentType: String?
        /// Whether the part holds a file. Some clients send files with a content type but no file name.
        package var isFile: Bool { filename != nil || contentType.map { !$0.hasPrefix("text/plain") } ?? false }
    }

    /// What the parser found, in order. A part is `.began`, any number of `.bytes`, and `.ended`.
    package enum Event: Equatable, Sendable {
        case began(Part)
        case bytes([UInt8])
        case ended
    }

    private enum State {
        case preamble, boundary, headers, body, epilogue
    }

    private static let maxHeaderBytes = 16 * 1024
    /// Padding allowed after a boundary.
    private static let maxBlanks = 1024
    private static let lineEnd: [UInt8] = [13, 10]
    private static let headersEnd = lineEnd + lineEnd
    private let delimiter: [UInt8]
    private let maxParts: Int
    private var state = State.preamble
    private var pending: [UInt8] = []
    /// Index into `pending` of the first unconsumed byte.
    private var start = 0
    /// Bytes from `start` on that do not begin a match of what is being searched for.
    private var searched = 0
    private var blanks = 0
    private var parts = 0
    /// Bytes moved and searched so far, for tests of linear time.
    private(set) var work = 0

    /// - Parameters:
    ///   - contentType: The value of the request's `Content-Type` header.
    ///   - maxParts: The most parts accepted; `feed` throws if there are more.
    /// - Throws: `FormProblem.noBoundary` if the header names no boundary of 1 to 200 bytes.
    package init(contentType: String, maxParts: Int) throws(FormProblem) {
        guard let boundary = HeaderParameters(contentType)["boundary"], (1...200).contains(boundary.utf8.count) else {
            throw FormProblem.noBoundary
        }
        delimiter = Self.lineEnd + Array("--\(boundary)".utf8)
        self.maxParts = maxParts
    }

    /// Parses the next bytes.
    /// - Parameter bytes: The next chunk of the body. Copied.
    /// - Returns: The events that these bytes complete.
    /// - Throws: `FormProblem`. The parser cannot be used afterwards.
    package mutating func feed(_ bytes: UnsafeRawBufferPointer) throws(FormProblem) -> [Event] {
        // Compacted once half is consumed, so that each byte is moved once on average.
        if start * 2 >= pending.count {
            work += pending.count - start
            pending.removeFirst(start)
            start = 0
        }
        pending.append(contentsOf: bytes)
        work += bytes.count
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// Ends the body. A last part without a closing delimiter is accepted, since one published client never sends it.
    /// - Returns: The remaining events.
    /// - Throws: `FormProblem` if the body is incomplete.
    package mutating func finish() throws(FormProblem) -> [Event] {
        switch state {
        case .epilogue: return []
        case .body:
            state = .epilogue
            defer { (pending, start) = ([], 0) }
            return (start == pending.count ? [] : [.bytes(Array(pending[start...]))]) + [.ended]
        case .preamble: throw FormProblem.noBoundary
        case .boundary where parts > 0: return []
        case .boundary, .headers: throw FormProblem.unexpectedEnd
        }
    }

    private var rest: ArraySlice<UInt8> { pending[start...] }

    private mutating func take(_ count: Int) { (start, searched) = (start + count, 0) }

    /// Handles one state. Returns whether the pending bytes may allow another step.
    private mutating func step(_ events: inout [Event]) throws(FormProblem) -> Bool {
        switch state {
        case .preamble: return try skipPreamble()
        case .boundary: return try readBoundary()
        case .headers:
            guard let part = try readHeaders() else { return false }
            guard parts < maxParts else { throw FormProblem.tooManyFields }
            parts += 1
            events.append(.began(part))
            state = .body
            return true
        case .body: return readBody(&events)
        case .epilogue:
            take(rest.count)
            return false
        }
    }

    /// Consumes the first boundary, which must begin the body; an empty line may precede it.
    private mutating func skipPreamble() throws(FormProblem) -> Bool {
        let opening = rest.first == Self.lineEnd[0] ? delimiter : Array(delimiter.dropFirst(Self.lineEnd.count))
        guard rest.starts(with: opening.prefix(rest.count)) else { throw FormProblem.noBoundary }
        guard rest.count >= opening.count else { return false }
        take(opening.count)
        state = .boundary
        return true
    }

    private mutating func readBoundary() throws(FormProblem) -> Bool {
        while let byte = rest.first, byte == 32 || byte == 9 {
            take(1)
            blanks += 1
            guard blanks <= Self.maxBlanks else { throw FormProblem.headersTooLong }
        }
        guard rest.count >= 2 else { return false }
        state = rest.starts(with: Self.lineEnd) ? .headers : .epilogue
        blanks = 0
        take(2)
        return true
    }

    private mutating func readHeaders() throws(FormProblem) -> Part? {
        if rest.starts(with: Self.lineEnd) { throw FormProblem.unnamedPart }
        let end = find(Self.headersEnd)
        guard end ?? (rest.count - Self.headersEnd.count) <= Self.maxHeaderBytes else {
            throw FormProblem.headersTooLong
        }
        guard let end else { return nil }
        defer { take(end + Self.headersEnd.count) }
        return try Self.part(rest.prefix(end))
    }

    private static func part(_ headers: ArraySlice<UInt8>) throws(FormProblem) -> Part {
        var values: [String: String] = [:]
        for line in lines(headers) {
            guard let colon = line.firstIndex(of: UInt8(ascii: ":")) else { continue }
            values[FieldText.decode(line[..<colon]).lowercased()] = FieldText.decode(line[(colon + 1)...])
        }
        let disposition = HeaderParameters(values["content-disposition"] ?? "")
        guard let name = disposition["name"], !name.isEmpty else { throw FormProblem.unnamedPart }
        let filename = disposition["filename*"].flatMap(extended) ?? disposition["filename"]
        return Part(name: name, filename: filename, contentType: values["content-type"])
    }

    private static func lines(_ headers: ArraySlice<UInt8>) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var rest = headers
        while let end = rest.withUnsafeBytes({ find(lineEnd, in: $0) }) {
            lines.append(rest.prefix(end))
            rest = rest.dropFirst(end + lineEnd.count)
        }
        return lines + [rest]
    }

    /// Decodes `charset'language'value` (RFC 8187); the charset is taken for UTF-8.
    private static func extended(_ value: String) -> String? {
        let parts = value.utf8.split(separator: UInt8(ascii: "'"), maxSplits: 2, omittingEmptySubsequences: false)
        return parts.last.flatMap { FieldText.unescape($0, plusIsBlank: false, trims: false) }
    }

    private mutating func readBody(_ events: inout [Event]) -> Bool {
        if let end = find(delimiter) {
            if end > 0 { events.append(.bytes(Array(rest.prefix(end)))) }
            events.append(.ended)
            take(end + delimiter.count)
            state = .boundary
            return true
        }
        // The last bytes may begin a delimiter.
        let safe = rest.count - (delimiter.count - 1)
        if safe > 0 {
            events.append(.bytes(Array(rest.prefix(safe))))
            take(safe)
        }
        return false
    }

    /// The offset of `needle` from `start`.
    private mutating func find(_ needle: [UInt8]) -> Int? {
        let found = rest.dropFirst(searched).withUnsafeBytes { Self.find(needle, in: $0) }
        work += (found ?? rest.count - searched)
        guard let found else {
            searched = max(searched, rest.count - (needle.count - 1))
            return nil
        }
        return searched + found
    }

    private static func find(_ needle: [UInt8], in bytes: UnsafeRawBufferPointer) -> Int? {
        guard let base = bytes.baseAddress, let first = needle.first else { return nil }
        var start = 0
        while start + needle.count <= bytes.count {
            let reach = bytes.count - needle.count + 1 - start
            guard let found = memchr(base + start, Int32(first), reach) else { return nil }
            let place = UnsafeRawPointer(found) - base
            if memcmp(found, needle, needle.count) == 0 { return place }
            start = place + 1
        }
        return nil
    }
}
