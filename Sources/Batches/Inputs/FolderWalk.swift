import Foundation
import Synchronization

/// Lists the files under a folder, folder by folder: the names of each sorted by their bytes, those that begin with a
/// period left out. Holds the names of the folders it is in, and no others. Does not follow links to folders.
final class FolderWalk: Sendable {
    /// What was found.
    enum Found: Equatable {
        case file(path: String)
        /// What cannot be read, and why, one sentence.
        case problem(path: String, String)
    }

    /// Identifies a folder, by whatever path it is reached.
    struct Place: Hashable {
        let device, number: UInt64

        /// `nil` if there is nothing at the path.
        init?(_ path: String) {
            var status = stat()
            guard stat(path, &status) == 0 else { return nil }
            (device, number) = (UInt64(status.st_dev), UInt64(status.st_ino))
        }
    }

    private struct Level {
        let path: [UInt8]
        /// In descending order: the next one is last.
        var names: [[UInt8]]
    }

    private struct State {
        var levels: [Level] = []
        var problem: Found?
    }

    private let excluded: Place?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: Where to begin. It may be a link.
    ///   - excluded: A folder to leave out.
    init(_ folder: String, excluding excluded: Place?) {
        self.excluded = excluded
        state.withLock { enter(Array(folder.utf8), &$0) }
    }

    /// The next file, or `nil` at the end. Blocks.
    func next() -> Found? { state.withLock { advance(&$0) } }

    private func advance(_ state: inout State) -> Found? {
        while true {
            if let problem = state.problem {
                state.problem = nil
                return problem
            }
            guard let level = state.levels.last else { return nil }
            guard let name = level.names.last else {
                state.levels.removeLast()
                continue
            }
            state.levels[state.levels.count - 1].names.removeLast()
            if let found = look(
                level.path + (level.path.last == UInt8(ascii: "/") ? [] : [UInt8(ascii: "/")]) + name, &state)
            {
                return found
            }
        }
    }

    /// Enters a folder, or returns a file.
    private func look(_ path: [UInt8], _ state: inout State) -> Found? {
        let shown = String(decoding: path, as: UTF8.self)
        var own = stat(), target = stat()
        guard withCString(path, { lstat($0, &own) }) == 0 else { return .problem(path: shown, Self.cause()) }
        let isLink = own.st_mode & S_IFMT == S_IFLNK
        guard withCString(path, { stat($0, &target) }) == 0 else { return .problem(path: shown, Self.cause()) }
        switch target.st_mode & S_IFMT {
        case S_IFDIR:
            if !isLink { enter(path, &state) }
            return nil
        case S_IFREG:
            guard let text = String(validating: path, as: UTF8.self) else {
                return .problem(path: shown, "Its name is not UTF-8.")
            }
            return .file(path: text)
        default: return nil  // Pipes and devices may never end.
        }
    }

    private func enter(_ path: [UInt8], _ state: inout State) {
        let shown = String(decoding: path, as: UTF8.self)
        guard let folder = withCString(path, { opendir($0) }) else {
            state.problem = .problem(path: shown, Self.cause())
            return
        }
        defer { closedir(folder) }
        var status = stat()
        if let excluded, fstat(dirfd(folder), &status) == 0,
            (UInt64(status.st_dev), UInt64(status.st_ino)) == (excluded.device, excluded.number)
        {
            return
        }
        var names: [[UInt8]] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: UInt8.self, capacity: 256) {
                    Array(UnsafeBufferPointer(start: $0, count: strlen($0)))
                }
            }
            if name.first != UInt8(ascii: ".") { names.append(name) }
        }
        names.sort { $1.lexicographicallyPrecedes($0) }
        state.levels.append(Level(path: path, names: names))
    }

    private func withCString<Value>(_ bytes: [UInt8], _ body: (UnsafePointer<CChar>) -> Value) -> Value {
        (bytes + [0]).withUnsafeBytes { raw in
            raw.withMemoryRebound(to: CChar.self) { buffer in
                // One byte at least, the zero.
                body(buffer.baseAddress.unsafelyUnwrapped)
            }
        }
    }

    /// The system's reason, as a sentence.
    private static func cause() -> String { String(cString: strerror(errno)) + "." }
}
