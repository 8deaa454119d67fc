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
    public private(set) var entries: [Entry] = []
    /// The first `maxProblems` problems.
    public private(set) var problems: [Problem] = []
    /// The number of all problems.
    public private(set) var problemCount = 0
    /// Whether the hashes are the frames of one video.
    public internal(set) var isVideo = false

    /// The number of problems kept per file.
    public static let maxProblems = 20
    /// The maximum size of a file, in bytes.
    public static let limit = 512 << 20

    /// Parses a file. Invalid lines are skipped and listed in `problems`.
    /// - Parameters:
    ///   - bytes: The whole file, in any of the supported formats. Not used after this call.
    ///   - path: The file's path, for messages and `name`.
    /// - Throws: `KnownContentError` if there are no valid hashes, or the file is incomplete JSON.
    public init(_ bytes: UnsafeRawBufferPointer, path: String) throws(KnownContentError) {
        name = path.split(separator: "/").last.map(String.init) ?? path
        let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
        let text = bytes.starts(with: byteOrderMark) ? UnsafeRawBufferPointer(rebasing: bytes[3...]) : bytes
        switch text.first(where: { !JSONText.isBlank($0) }) {
        case UInt8(ascii: "{"), UInt8(ascii: "["): try readJSON(text, path: path)
        default: readLines(text)
        }
        guard entries.isEmpty else { return }
        guard let first = problems.first else { throw .noHashes(path: path) }
        throw .malformed(path: path, line: first.line, reason: first.reason)
    }

    /// Adds the hash that `read` finds, if any, or notes why it cannot be read.
    @discardableResult
    mutating func take(line: Int, _ read: () throws(HashProblem) -> HashRecord?) -> HashRecord? {
        do {
            guard let record = try read() else { return nil }
            entries.append(Entry(hash: record.hash, quality: record.quality, line: line))
            return record
        } catch {
            problemCount += 1
            if problems.count < Self.maxProblems { problems.append(Problem(line: line, reason: error.reason)) }
            return nil
        }
    }

    // MARK: Lines

    private mutating func readLines(_ text: UnsafeRawBufferPointer) {
        var format: HashLineFormat?
        var isFirst = true
        TextLines.each(of: text) { line, number in
            let fields = line.fields
            defer { isFirst = false }
            if isFirst, let header = HashLineFormat(header: fields) {
                format = header
                return
            }
            // The first valid line determines the format. Until then, each line is read in its most likely format.
            let reader = format ?? HashLineFormat(of: fields)
            let record = take(line: number) { () throws(HashProblem) in try reader.read(fields) }
            if record != nil { format = reader }
        }
        isVideo = format == .vpdq
    }
}
