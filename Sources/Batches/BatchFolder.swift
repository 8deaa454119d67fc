import Foundation
import Moderation
import Reports
import Runtime
import Synchronization

/// The folder of a batch: a result for each input, and an index. Used by one process at a time. Its calls block.
public final class BatchFolder: Sendable {
    /// A file or the folder cannot be written or read.
    public struct WriteError: Error, CustomStringConvertible {
        /// One sentence.
        public let description: String

        init(_ path: String, _ reason: String) { description = "\(path): \(reason)." }
    }

    /// A file of a result besides the JSON.
    public struct File: Sendable {
        /// What follows the result's name, such as `.html`.
        public let suffix: String
        /// What is in it.
        public let content: Data

        /// See the properties of the same names.
        public init(suffix: String, content: Data) { (self.suffix, self.content) = (suffix, content) }
    }

    /// The files of the index.
    private enum Index { static let lines = "index.ndjson", table = "index.csv", page = "index.html" }

    private let path: String
    private let index: FileHandle
    private let indexed = Mutex<Void>(())

    /// Creates the folder if it is missing, and begins its index anew.
    /// - Throws: `WriteError`, also if another batch is writing there.
    public init(_ path: String) throws(WriteError) {
        self.path = path
        do {
            try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        } catch {
            throw WriteError(path, "the folder cannot be created")
        }
        let lines = "\(path)/\(Index.lines)"
        let descriptor = open(lines, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw WriteError(lines, String(cString: strerror(errno))) }
        index = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        // The system releases the lock however the process ends.
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            throw WriteError(path, "another batch is writing to this folder")
        }
        guard ftruncate(descriptor, 0) == 0 else { throw WriteError(lines, String(cString: strerror(errno))) }
    }

    /// A result that is there.
    /// - Parameters:
    ///   - name: Of its files.
    ///   - suffixes: Of the files that have to be there besides the JSON.
    /// - Returns: `nil` unless all files are there and the result can be read.
    func result(_ name: String, with suffixes: [String]) -> ModerationResult? {
        for suffix in suffixes where access("\(path)/\(name)\(suffix)", F_OK) != 0 { return nil }
        guard let data = FileManager.default.contents(atPath: "\(path)/\(name).json") else { return nil }
        return try? ModerationResult(json: data)
    }

    /// Writes the files of a result. The JSON comes last: where it is, the others are.
    /// - Throws: `WriteError`, or `EncodingError`.
    func write(_ result: ModerationResult, _ files: [File], name: String) throws {
        for file in files { try replace(name + file.suffix) { try $0.write(contentsOf: file.content) } }
        let json = Data(try result.json().utf8)
        try replace(name + ".json") { try $0.write(contentsOf: json) }
    }

    /// Adds a line to the index. Any thread may call it.
    /// - Throws: `WriteError`, or `EncodingError`.
    func append(_ entry: BatchEntry) throws {
        let line = Data(try entry.line().utf8)
        try indexed.withLock { _ in
            do {
                try index.write(contentsOf: line)
            } catch {
                throw WriteError("\(path)/\(Index.lines)", "it cannot be written")
            }
        }
    }

    /// Writes the index as a page and as a table, from its lines.
    /// - Throws: `WriteError`, or what reading the lines and making the page throws.
    func finish(_ tally: BatchTally) throws {
        let page = try IndexPage(states: tally.states, decisions: tally.decisions)
        try replace(Index.page) { pageFile in
            try pageFile.write(contentsOf: Data(page.opening.utf8))
            try replace(Index.table) { tableFile in
                try tableFile.write(contentsOf: Data(BatchEntry.csvHeader.utf8))
                try forEachEntry { entry in
                    try pageFile.write(contentsOf: Data(page.row(entry, page: address(ofPageOf: entry)).utf8))
                    try tableFile.write(contentsOf: Data(entry.csv.utf8))
                }
            }
            try pageFile.write(contentsOf: Data(page.closing.utf8))
        }
    }

    private func forEachEntry(_ body: (BatchEntry) throws -> Void) throws {
        let descriptor = open("\(path)/\(Index.lines)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw WriteError("\(path)/\(Index.lines)", String(cString: strerror(errno))) }
        let lines = LineReader(descriptor: descriptor, isStopped: { false })
        while case .text(let line)? = lines.next() {
            try body(try BatchEntry(line: String(decoding: line, as: UTF8.self)))
        }
    }

    /// The names of results need no escapes in addresses.
    private func address(ofPageOf entry: BatchEntry) -> String? {
        guard let result = entry.row?.result, result.hasSuffix(".json") else { return nil }
        let page = result.dropLast(".json".count) + ".html"
        return access("\(path)/\(page)", F_OK) == 0 ? "./\(page)" : nil
    }

    /// Writes a file under another name and renames it, so that under its own it is never there in part.
    private func replace(_ name: String, _ body: (FileHandle) throws -> Void) throws {
        let (target, staged) = ("\(path)/\(name)", "\(path)/.\(name).partial")
        let descriptor = open(staged, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw WriteError(staged, String(cString: strerror(errno))) }
        let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
        do {
            try body(file)
            try file.close()
        } catch let error as WriteError {
            unlink(staged)
            throw error
        } catch {
            let isFull = (error as? CocoaError)?.code == .fileWriteOutOfSpace
            unlink(staged)
            throw WriteError(target, isFull ? "the disk is full" : "it cannot be written")
        }
        guard rename(staged, target) == 0 else { throw WriteError(target, String(cString: strerror(errno))) }
    }
}
