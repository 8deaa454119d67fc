import Foundation
import FrameSampling
import Pipeline
import Runtime

/// One file or address of a batch, or why there is none.
public struct BatchItem: Sendable {
    /// What to judge, or one sentence on why there is nothing to judge.
    public enum Source: Sendable {
        case input(VideoInput)
        case problem(String)
    }

    /// Its path or address, without credentials and query; or the place of a line that makes no sense.
    public let name: String
    /// What to judge.
    public let source: Source
    /// The caller's own ids of the input and of its origin.
    public let referenceID, originID: String?
    /// Whether it was found in a folder, where other files than media may lie.
    public let isFound: Bool

    init(name: String, source: Source, given: GivenInput? = nil, isFound: Bool = false) {
        (self.name, self.source, self.isFound) = (name, source, isFound)
        (referenceID, originID) = (given?.referenceID, given?.originID)
    }
}

/// The inputs of a batch, one after the other. Nothing of those that were handed out or are still to come is held.
public actor BatchInputs {
    /// What an input stands for. Something else that stands for several is a case here, a line in `kind`, and one in `expand`.
    private enum Kind {
        case one(VideoInput)
        case folder(String)
        case unknown(String)
    }

    /// The list of inputs cannot be read.
    public struct ListProblem: Error, CustomStringConvertible {
        /// One sentence.
        public let description: String
    }

    private var arguments: [String]
    private let list: (lines: LineReader, name: String)?
    private var lineNumber = 0
    private let excluded: FolderWalk.Place?
    private var walk: (folder: FolderWalk, given: GivenInput)?
    private let disk = BlockingThreads(count: 1, name: "framesift inputs")
    /// Ends the reading of a list, which may come through a pipe that says nothing for long.
    private let reading = StopSignal()

    /// - Parameters:
    ///   - arguments: Files, addresses and folders. They come first.
    ///   - list: The path of a list with an input a line, `-` for standard input; `nil` for none.
    ///   - excluded: A folder that is never looked into, such as that of the results.
    /// - Throws: `ListProblem`.
    public init(_ arguments: [String], list: String?, excluding excluded: String?) throws(ListProblem) {
        self.arguments = arguments.reversed()
        self.excluded = excluded.flatMap { FolderWalk.Place($0) }
        guard let list else {
            self.list = nil
            return
        }
        let descriptor = list == "-" ? STDIN_FILENO : open(list, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else {
            throw ListProblem(description: "\(list): the list cannot be read: \(String(cString: strerror(errno))).")
        }
        self.list = (
            LineReader(descriptor: descriptor) { [reading] in reading.isStopped }, list == "-" ? "standard input" : list
        )
    }

    deinit { disk.close() }

    /// Has the list end here, within a second. Any thread may call it.
    public nonisolated func stop() { reading.stop() }

    /// The next input, or `nil` at the end. Call it from one task at a time.
    public func next() async -> BatchItem? {
        while true {
            if let (folder, given) = walk {
                if let found = await disk.run({ folder.next() }) { return Self.item(found, given) }
                walk = nil
            }
            if let argument = arguments.popLast() {
                if let item = await expand(GivenInput(argument)) { return item }
                continue
            }
            guard let list, let line = await disk.run({ list.lines.next() }) else { return nil }
            lineNumber += 1
            if let item = await read(line, "line \(lineNumber) of \(list.name)") { return item }
        }
    }

    private func read(_ line: LineReader.Line, _ place: String) async -> BatchItem? {
        guard case .text(let bytes) = line else {
            let most = LineReader.maxLength >> 10
            return BatchItem(name: place, source: .problem("The line is longer than \(most) KiB."))
        }
        do {
            guard let given = try GivenInput(line: bytes) else { return nil }
            return await expand(given)
        } catch {
            return BatchItem(name: place, source: .problem(error.description))
        }
    }

    /// - Returns: An input that stands for itself; `nil` for one that stands for several, which come next.
    private func expand(_ given: GivenInput) async -> BatchItem? {
        switch await disk.run({ Self.kind(of: given.text) }) {
        case .one(let input): return BatchItem(name: input.name, source: .input(input), given: given)
        case .unknown(let reason):
            return BatchItem(name: VideoInput(given.text).name, source: .problem(reason), given: given)
        case .folder(let path):
            let walk = await disk.run { [excluded] in FolderWalk(path, excluding: excluded) }
            self.walk = (walk, given)
            return nil
        }
    }

    private static func kind(of text: String) -> Kind {
        let input = VideoInput(text)
        switch input {
        case .standardInput: return .unknown("Standard input cannot be part of a batch.")
        case .address: return .one(input)
        case .path(let path):
            if isFolder(path) { return .folder(path) }
            if text.contains("://") {
                return .unknown("Only files, folders, http:// and https:// addresses can be read.")
            }
            return .one(input)
        }
    }

    /// Whether a path leads to a folder, also through links. Blocks.
    public static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    private static func item(_ found: FolderWalk.Found, _ given: GivenInput) -> BatchItem {
        switch found {
        case .file(let path):
            BatchItem(name: path, source: .input(.path(path)), given: given, isFound: true)
        case .problem(let path, let reason):
            BatchItem(name: path, source: .problem(reason), given: given, isFound: true)
        }
    }
}
