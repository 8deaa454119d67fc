import Foundation

/// One file of hashes, read.
public struct HashList: Sendable {
    /// A hash and where it stands.
    public struct Entry: Hashable, Sendable {
        public let hash: PDQHash
        /// 0…100; `nil` where the list does not say.
        public let quality: Int?
        /// From 1.
        public let line: Int

        /// Hashes of flat pictures match anything flat.
        public var isUsable: Bool { quality.map { $0 >= KnownContentMatcher.leastQuality } ?? true }
    }

    /// Something in a list that makes no sense.
    public struct Problem: Hashable, Sendable {
        /// From 1.
        public let line: Int
        /// One sentence, without what stands there.
        public let reason: String

        public init(line: Int, reason: String) {
            self.line = line
            self.reason = reason
        }
    }

    /// Of the file, without its folders.
    public let name: String
    public internal(set) var entries: [Entry] = []
    /// The first `mostProblems`.
    public private(set) var problems: [Problem] = []
    public private(set) var problemCount = 0
    /// Its lines are the frames of one video.
    public internal(set) var isVideo = false

    /// Problems that are told of a file.
    public static let mostProblems = 20
    /// Bytes of a file.
    public static let limit = 512 << 20

    /// - Parameters:
    ///   - bytes: The whole file, in any of the formats.
    ///   - path: For messages and `name`.
    /// Lines that make no sense are left out and told in `problems`. Throws `KnownContentError` where there is no hash
    /// at all, or the file is a document that breaks off.
    public init(_ bytes: UnsafeRawBufferPointer, path: String) throws {
        name = path.split(separator: "/").last.map(String.init) ?? path
        let text = Self.withoutByteOrderMark(bytes)
        switch text.first(where: { !JSONText.isBlank($0) }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): try readJSON(text, path: path)
        default: readLines(text)
        }
        if entries.isEmpty, problems.isEmpty { throw KnownContentError.noHashes(path: path) }
        if entries.isEmpty, let first = problems.first {
            throw KnownContentError.malformed(path: path, line: first.line, reason: first.reason)
        }
    }

    private static func withoutByteOrderMark(_ bytes: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? UnsafeRawBufferPointer(rebasing: bytes[3...]) : bytes
    }

    mutating func note(_ reason: String, line: Int) {
        problemCount += 1
        if problems.count < Self.mostProblems { problems.append(Problem(line: line, reason: reason)) }
    }

    // MARK: Lines

    private mutating func readLines(_ text: UnsafeRawBufferPointer) {
        var format: (any HashLineFormat)?
        var first = true
        TextLines.each(of: text) { line, number in
            let fields = line.fields
            if first, let header = HashColumns(header: fields) {
                format = header
                first = false
                return
            }
            first = false
            // The first line that makes sense says what the file is; those before it were read as the likeliest.
            let reader = format ?? Self.likeliest(fields)
            switch reader.read(fields) {
            case .success(let record):
                if format == nil {
                    format = reader
                    isVideo = reader is VPDQLine
                }
                entries.append(Entry(hash: record.hash, quality: record.quality, line: number))
            case .failure(let problem): note(problem.reason, line: number)
            }
        }
    }

    private static func likeliest(_ fields: [Field]) -> any HashLineFormat {
        switch fields.count {
        case 1: PlainHash()
        case 4 where PDQHash(digits: fields[0]) == nil: VPDQLine()
        default: PhotoHasherLine()
        }
    }
}
