import Foundation

/// Reads a `multipart/form-data` body (RFC 7578) as it arrives, in pieces of any size. Keeps no more than a part's
/// headers and what may turn out to be a boundary.
struct MultipartParser {
    /// What a part's headers say.
    struct Part: Hashable {
        var name: String
        /// Only files have one.
        var filename: String?
        var contentType: String?
        /// A part without a file name may still hold a file's bytes; its type tells.
        var isFile: Bool { filename != nil || contentType.map { !$0.hasPrefix("text/plain") } ?? false }
    }

    enum Event: Equatable {
        case began(Part)
        case bytes([UInt8])
        case ended
    }

    enum Problem: Error, Hashable {
        /// The content type names no boundary, or the body does not begin with it.
        case noBoundary
        case unnamedPart
        case headersTooLong
        case unexpectedEnd
    }

    private enum State {
        case preamble, boundary, headers, body, epilogue
    }

    private static let longestHeaders = 16 * 1024
    private static let lineEnd: [UInt8] = [13, 10]
    private let delimiter: [UInt8]
    private var state = State.preamble
    private var pending: [UInt8] = []
    private(set) var parts = 0

    /// - Parameter contentType: The request's header. Throws `Problem.noBoundary`.
    init(contentType: String) throws {
        guard let boundary = HeaderParameters(contentType)["boundary"], (1...200).contains(boundary.utf8.count) else {
            throw Problem.noBoundary
        }
        delimiter = Self.lineEnd + Array("--\(boundary)".utf8)
    }

    /// Takes the next bytes and returns what they complete. Throws `Problem`.
    mutating func feed(_ bytes: UnsafeRawBufferPointer) throws -> [Event] {
        pending.append(contentsOf: bytes)
        return try advance()
    }

    /// The end of the body. A last part without its closing delimiter is taken as complete: one published client never
    /// writes it. Throws `Problem`.
    mutating func finish() throws -> [Event] {
        switch state {
        case .epilogue: return []
        case .body:
            state = .epilogue
            defer { pending = [] }
            return (pending.isEmpty ? [] : [.bytes(pending)]) + [.ended]
        case .preamble: throw Problem.noBoundary
        case .boundary where parts > 0: return []
        case .boundary, .headers: throw Problem.unexpectedEnd
        }
    }

    private mutating func advance() throws -> [Event] {
        var events: [Event] = []
        while try step(&events) {}
        return events
    }

    /// Goes one state on. Returns whether there may be more to do with what is pending.
    private mutating func step(_ events: inout [Event]) throws -> Bool {
        switch state {
        case .preamble: return try skipPreamble()
        case .boundary: return readBoundary()
        case .headers:
            guard let part = try readHeaders() else { return false }
            events.append(.began(part))
            parts += 1
            state = .body
            return true
        case .body: return readBody(&events)
        case .epilogue:
            pending.removeAll(keepingCapacity: true)
            return false
        }
    }

    private mutating func skipPreamble() throws -> Bool {
        let opening = Array(delimiter.dropFirst(2))
        let start = pending.starts(with: Self.lineEnd) ? 2 : 0
        let seen = pending.dropFirst(start)
        guard seen.starts(with: opening.prefix(seen.count)) else { throw Problem.noBoundary }
        guard seen.count >= opening.count else { return false }
        pending.removeFirst(start + opening.count)
        state = .boundary
        return true
    }

    private mutating func readBoundary() -> Bool {
        // Blanks may follow a boundary.
        while let byte = pending.first, byte == 32 || byte == 9 { pending.removeFirst() }
        guard pending.count >= 2 else { return false }
        state = pending.starts(with: Self.lineEnd) ? .headers : .epilogue
        pending.removeFirst(2)
        return true
    }

    private mutating func readHeaders() throws -> Part? {
        if pending.starts(with: Self.lineEnd) { throw Problem.unnamedPart }
        guard let end = find(Self.lineEnd + Self.lineEnd) else {
            if pending.count > Self.longestHeaders { throw Problem.headersTooLong }
            return nil
        }
        let lines = String(decoding: pending[..<end], as: UTF8.self).components(separatedBy: "\r\n")
        pending.removeFirst(end + 4)
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { continue }
            headers[line[..<colon].lowercased()] = line[line.index(after: colon)...].trimmingCharacters(
                in: .whitespaces)
        }
        let disposition = HeaderParameters(headers["content-disposition"] ?? "")
        guard let name = disposition["name"], !name.isEmpty else { throw Problem.unnamedPart }
        let extended = disposition["filename*"].flatMap {
            $0.components(separatedBy: "''").last?.removingPercentEncoding
        }
        return Part(name: name, filename: extended ?? disposition["filename"], contentType: headers["content-type"])
    }

    private mutating func readBody(_ events: inout [Event]) -> Bool {
        if let end = find(delimiter) {
            if end > 0 { events.append(.bytes(Array(pending[..<end]))) }
            events.append(.ended)
            pending.removeFirst(end + delimiter.count)
            state = .boundary
            return true
        }
        // The last bytes may be the beginning of a delimiter.
        let safe = pending.count - (delimiter.count - 1)
        if safe > 0 {
            events.append(.bytes(Array(pending[..<safe])))
            pending.removeFirst(safe)
        }
        return false
    }

    private func find(_ needle: [UInt8]) -> Int? {
        pending.withUnsafeBytes { bytes in
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
}

/// The parameters of a header value: `form-data; name="a"; filename="b"`.
struct HeaderParameters {
    private var values: [String: String] = [:]

    subscript(_ name: String) -> String? { values[name] }

    init(_ header: String) {
        var rest = Substring(header).drop { $0 != ";" }
        while !rest.isEmpty {
            rest = rest.dropFirst().drop { $0 == " " || $0 == "\t" }
            let name = rest.prefix { $0 != "=" && $0 != ";" }
            rest = rest.dropFirst(name.count)
            guard rest.first == "=" else { continue }
            rest = rest.dropFirst()
            let value: String
            if rest.first == "\"" {
                (value, rest) = Self.quoted(rest.dropFirst())
            } else {
                let plain = rest.prefix { $0 != ";" }
                rest = rest.dropFirst(plain.count)
                value = plain.trimmingCharacters(in: .whitespaces)
            }
            let key = name.trimmingCharacters(in: .whitespaces).lowercased()
            if values[key] == nil { values[key] = value }
        }
    }

    /// Up to the closing quote. A backslash only escapes quotes: browsers send Windows paths with bare ones.
    private static func quoted(_ text: Substring) -> (String, Substring) {
        var value = ""
        var rest = text
        while let character = rest.first, character != "\"" {
            rest = rest.dropFirst()
            if character == "\\", rest.first == "\"" {
                value.append("\"")
                rest = rest.dropFirst()
            } else {
                value.append(character)
            }
        }
        return (value, rest.drop { $0 != ";" })
    }
}
