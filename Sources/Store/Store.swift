import Foundation
import GRDB
import Moderation
import Synchronization

/// What outlives a process, in one SQLite file that only its owner can read.
///
/// Calls wait for the database on GRDB's own queues, not on the cooperative pool.
public final class Store: Sendable {
    let database: StateDatabase
    /// Tells its rows from those of the other processes that share the folder.
    public let owner: Ownership
    /// What is being asked for through it.
    let asking = Mutex<Set<LedgerQuestion>>([])

    /// Opens (or makes) `framesift.sqlite` in a folder, which is made for its owner alone when it is missing.
    /// Throws `StoreError`.
    public convenience init(folder: URL) throws { try self.init(folder: folder, patience: 5) }

    /// - Parameter patience: Seconds that a write waits for those of other processes.
    init(folder: URL, patience: TimeInterval) throws {
        let file = folder.appending(path: "framesift.sqlite")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            // One process at a time: SQLite does not wait for its turn where the file is new.
            let opening = try LockedFile(folder.appending(path: "opening").path)
            defer { opening.close() }
            if !FileManager.default.fileExists(atPath: file.path) {
                // Made before SQLite makes it, so that no moment exists in which others can read it.
                _ = FileManager.default.createFile(
                    atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
            }
            var configuration = Configuration()
            configuration.busyMode = .timeout(patience)
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
            let pool = try DatabasePool(path: file.path, configuration: configuration)
            try Schema.migrator.migrate(pool)
            database = StateDatabase(pool)
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(file: file.path, cause: "\(error)")
        }
        owner = try Ownership(folder: folder)
    }

    /// A store that is gone with the process.
    public init() throws {
        do {
            let queue = try DatabaseQueue()
            try Schema.migrator.migrate(queue)
            database = StateDatabase(queue)
        } catch {
            throw StoreError(file: ":memory:", cause: "\(error)")
        }
        owner = Ownership()
    }

    /// `$XDG_STATE_HOME/framesift`, by default `~/.local/state/framesift`.
    public static func standardFolder(environment: [String: String]) -> URL {
        if let state = environment["XDG_STATE_HOME"], state.hasPrefix("/") {
            return URL(filePath: state).appending(path: "framesift")
        }
        let home = environment["HOME"] ?? NSHomeDirectory()
        return URL(filePath: home).appending(path: ".local/state/framesift")
    }
}

/// The database cannot be opened.
public struct StoreError: Error, Hashable, Sendable, CustomStringConvertible {
    public let file: String
    public let cause: String

    public var description: String { "The state in \(file) cannot be opened: \(cause)" }
}
