import Foundation
import FrameSampling
import ObjectStorage
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
    /// Tells versions of an object of object storage apart; `nil` for others, and where the storage does not say.
    public let version: String?
    /// Whether it was found in a folder, where other files than media may lie.
    public let isFound: Bool

    init(
        name: String, source: Source, given: GivenInput? = nil, version: String? = nil, isFound: Bool = false
    ) {
        (self.name, self.source, self.version, self.isFound) = (name, source, version, isFound)
        (referenceID, originID) = (given?.referenceID, given?.originID)
    }
}

/// The inputs of a batch, one after the other. Nothing of those that were handed out or are still to come is held.
public actor BatchInputs {
    /// What an input stands for. Something else that stands for several is a case here, a line in `kind`, and one in `expand`.
    private enum Kind {
        case one(VideoInput)
        case folder(String)
        case object(ObjectAddress)
        case unknown(String)
    }

    private var arguments: [String]
    private let list: (lines: LineReader, name: String)?
    private var lineNumber = 0
    private let excluded: FolderWalk.Place?
    private var walk: (folder: FolderWalk, given: GivenInput)?
    private var listing: (objects: ObjectListing.AsyncIterator, prefix: ObjectAddress, given: GivenInput)?
    private let openStorage: @Sendable () throws -> ObjectStorage
    private var opened: ObjectStorage?
    private let disk = BlockingThreads(count: 1, name: "framesift inputs")
    /// Ends the reading of a list, which may come through a pipe that says nothing for long.
    private let reading = StopSignal()

    /// - Parameters:
    ///   - arguments: Files, addresses and folders. They come first.
    ///   - list: The path of a list with an input a line, `-` for standard input; `nil` for none.
    ///   - excluded: A folder that is never looked into, such as that of the results.
    ///   - storage: Opens the object storage that `s3://` addresses are of. Called once one comes.
    /// - Throws: `LineReader.Problem`.
    public init(
        _ arguments: [String], list: String?, excluding excluded: String?,
        storage: @escaping @Sendable () throws -> ObjectStorage
    ) throws(LineReader.Problem) {
        self.arguments = arguments.reversed()
        openStorage = storage
        self.excluded = excluded.flatMap { FolderWalk.Place($0) }
        guard let list else {
            self.list = nil
            return
        }
        let lines = try LineReader(path: list, what: "list") { [reading] in reading.isStopped }
        self.list = (lines, LineReader.name(of: list))
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
            if let item = await nextObject() { return item }
            if let argument = arguments.popLast() {
                if let item = await expand(GivenInput(argument)) { return item }
                continue
            }
            guard let list, let line = await disk.run({ list.lines.next() }) else { return nil }
            lineNumber += 1
            if let item = await read(line, "line \(lineNumber) of \(list.name)") { return item }
        }
    }

    // MARK: Object storage

    private func storage() throws -> ObjectStorage {
        if let opened { return opened }
        let storage = try openStorage()
        opened = storage
        return storage
    }

    private func expand(_ address: ObjectAddress, _ given: GivenInput) async -> BatchItem? {
        do {
            let storage = try storage()
            if address.isPrefix {
                listing = (storage.list(address).makeAsyncIterator(), address, given)
                return nil
            }
            return item(address, version: try await storage.head(address).etag, given, in: storage)
        } catch {
            return BatchItem(name: address.description, source: .problem("\(error)"), given: given)
        }
    }

    private func nextObject() async -> BatchItem? {
        guard let (listed, prefix, given) = listing else { return nil }
        var objects = listed
        // Taken out while it is waited for.
        listing = nil
        do {
            guard let object = try await objects.next() else { return nil }
            listing = (objects, prefix, given)
            return item(object.address, version: object.etag, given, in: try storage())
        } catch {
            return BatchItem(name: prefix.description, source: .problem("\(error)"), given: given)
        }
    }

    private func item(
        _ address: ObjectAddress, version: String?, _ given: GivenInput, in storage: ObjectStorage
    ) -> BatchItem {
        let (url, signing) = storage.signedURL(of: address)
        let input = VideoInput.signed(SignedAddress(name: address.description, url: url, signing: signing))
        return BatchItem(name: address.description, source: .input(input), given: given, version: version)
    }

    // MARK: Lines

    private func read(_ line: LineReader.Line, _ place: String) async -> BatchItem? {
        guard case .text(let bytes) = line else {
            return BatchItem(name: place, source: .problem(LineReader.tooLong))
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
        case .object(let address): return await expand(address, given)
        case .unknown(let reason):
            return BatchItem(name: VideoInput(given.text).name, source: .problem(reason), given: given)
        case .folder(let path):
            let walk = await disk.run { [excluded] in FolderWalk(path, excluding: excluded) }
            self.walk = (walk, given)
            return nil
        }
    }

    private static func kind(of text: String) -> Kind {
        if ObjectAddress.isMeant(by: text) {
            do { return .object(try ObjectAddress(text)) } catch { return .unknown("\(error).") }
        }
        let input = VideoInput(text)
        switch input {
        case .standardInput: return .unknown("Standard input cannot be part of a batch.")
        case .address, .signed: return .one(input)
        case .path(let path):
            if isFolder(path) { return .folder(path) }
            if text.contains("://") {
                return .unknown(
                    "Only files, folders, and addresses that begin with http://, https:// or s3:// can be read.")
            }
            return .one(input)
        }
    }

    /// Whether an input is a folder or a prefix of object storage. Blocks.
    public static func standsForSeveral(_ text: String) -> Bool {
        ObjectAddress.isMeant(by: text) ? (try? ObjectAddress(text))?.isPrefix ?? false : isFolder(text)
    }

    /// Whether a path leads to a folder, also through links. Blocks.
    private static func isFolder(_ path: String) -> Bool {
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
