import Foundation

/// A file of hashes.
public struct HashList: Sendable {
    /// A hash and its line in the file.
    public struct Entry: Hashable, Sendable {
        /// The hash.
        public let hash: PDQHash
        /// 0…100; `nil` if the list does not say.
        public let quality: Int?
        /// From 1.
        public let line: Int

        /// Whether the quality is sufficient. Hashes of flat pictures match any flat picture.
        public var isUsable: Bool { quality.map { $0 >= KnownContentMatcher.leastQuality } ?? true }
    }

    /// An invalid line.
    public struct Problem: Hashable, Sendable {
        /// From 1.
        public let line: Int
        /// One sentence that does not quote the line.
        public let reason: String

        /// See the properties of the same names.
        public init(line: Int, reason: String) { (self.line, self.reason) = (line, reason) }
    }

    /// The file's name without its folders.
    public let name: String
    /// All valid hashes, in order.
    public internal(set) var entries: [Entry] = []
    /// The first `mostProblems` problems.
    public private(set) var problems: [Problem] = []
    /// The number of all problems.
    public private(set) var problemCount = 0
    /// Whether the hashes are the frames of one video.
    public internal(set) var isVideo = false

    /// The number of problems kept per file.
    public static let mostProblems = 20
    /// The maximum size of a file, in bytes.
    public static let limit = 512 << 20

    /// Parses a file. Invalid lines are skipped and listed in `problems`.
    /// - Parameters:
    ///   - bytes: The whole file, in any of the supported formats. Not used after this call.
    ///   - path: The file's path, for messages and `name`.
    /// - Throws: `KnownContentError` if there are no valid hashes, or the file is incomplete JSON.
    public init(_ bytes: UnsafeRawBufferPointer, path: String) throws(KnownContentError) {
        name = path.split(separator: "/").last.map(String.init) ?? path
        let text = Self.withoutByteOrderMark(bytes)
        switch text.first(where: { !JSONText.isBlank($0) }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): try readJSON(text, path: path)
        default: readLines(text)
        }
        guard entries.isEmpty else { return }
        guard let first = problems.first else { throw .noHashes(path: path) }
        throw .malformed(path: path, line: first.line, reason: first.reason)
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
            // The first valid line determines the format. Until then, each line is read in its most likely format.
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
