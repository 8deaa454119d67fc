import Foundation
import GRDB
import Moderation
import Synchronization

/// State that outlives a process, in one SQLite file that only its owner can read.
///
/// Calls wait for the database on GRDB's own queues, not on the cooperative pool.
public final class Store: Sendable {
    let database: StateDatabase
    /// This process, as its rows name it.
    public let owner: Ownership
    /// Questions that this process is asking at present.
    let asking = Mutex<Set<LedgerQuestion>>([])

    /// Opens or creates `framesift.sqlite` in a folder. A missing folder is created, accessible only to its owner.
    /// - Throws: `StoreError` if the database cannot be opened.
    public convenience init(folder: URL) throws(StoreError) { try self.init(folder: folder, patience: 5) }

    /// - Parameter patience: How many seconds a write waits for those of other processes.
    init(folder: URL, patience: TimeInterval) throws(StoreError) {
        let file = folder.appending(path: "framesift.sqlite")
        do {
            try Self.make(folder)
            // One process at a time: SQLite does not wait for the lock while it creates the file.
            let opening = try LockedFile(folder.appending(path: "opening").path)
            defer { opening.close() }
            if !FileManager.default.fileExists(atPath: file.path) {
                // Created before SQLite does it, so that others can never read it.
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

    /// Creates a store in memory that ends with the process.
    /// - Throws: `StoreError`.
    public init() throws(StoreError) {
        do {
            let queue = try DatabaseQueue()
            try Schema.migrator.migrate(queue)
            database = StateDatabase(queue)
        } catch {
            throw StoreError(file: ":memory:", cause: "\(error)")
        }
        owner = Ownership()
    }

    /// Creates the folder if it is missing, accessible only to its owner.
    /// - Throws: `StoreError` if it cannot be created.
    public static func prepare(folder: URL) throws(StoreError) {
        do { try make(folder) } catch { throw StoreError(file: folder.path, cause: "\(error)") }
    }

    private static func make(_ folder: URL) throws {
        try FileManager.default.createDirectory(
            at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }

    /// The default state folder: `$XDG_STATE_HOME/framesift`, or `~/.local/state/framesift`.
    /// - Parameter environment: The process's environment variables.
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
    /// The path of the file.
    public let file: String
    /// Why it cannot be opened, one sentence or SQLite's message.
    public let cause: String

    /// A sentence with both.
    public var description: String { "The state in \(file) cannot be opened: \(cause)" }
}
