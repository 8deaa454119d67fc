import Foundation
import GRDB
import Moderation
import Synchronization

/// State that outlives a process: in one SQLite file that only its owner can read, or in a PostgreSQL database that
/// several machines share.
///
/// Calls wait for the database on threads of its own, not on the cooperative pool.
public final class Store: Sendable {
    let database: StateDatabase
    /// Whether other machines may have the database, too.
    public let isShared: Bool
    /// Names the folder with the files of jobs, which not every process of a shared database can read.
    public let place: String
    private let currentOwner: Mutex<Ownership>
    /// This process, as its rows name it.
    public var owner: Ownership { currentOwner.withLock { $0 } }
    /// Questions that this process is asking at present.
    let asking = Mutex<Set<LedgerQuestion>>([])

    /// Opens or creates `framesift.sqlite` in a folder. A missing folder is created, accessible only to its owner.
    /// - Throws: `StoreError` if the database cannot be opened.
    public convenience init(folder: URL) throws(StoreError) { try self.init(folder: folder, patience: 5) }

    /// - Parameter patience: How many seconds a write waits for those of other processes.
    init(folder: URL, patience: TimeInterval) throws(StoreError) {
        let file = folder.appending(path: "framesift.sqlite")
        isShared = false
        place = ""
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
            try Schema.migrate(pool)
            database = StateDatabase(SQLiteDatabase(pool))
        } catch let error as StoreError {
            throw error
        } catch {
            throw StoreError(place: file.path, cause: "\(error)")
        }
        currentOwner = Mutex(try Ownership(folder: folder))
    }

    /// Opens a PostgreSQL database, and makes or updates its tables. Begins a lease; see `keepLease`.
    /// - Parameters:
    ///   - address: The database.
    ///   - folder: Where files of jobs are. Created if it is missing. Processes with the same folder can read them.
    /// - Throws: `StoreError`. Blocks for some seconds if the server does not answer.
    public init(_ address: PostgreSQLAddress, folder: URL) throws(StoreError) {
        isShared = true
        do {
            place = try Self.name(of: folder)
            let server = try PostgreSQLDatabase(address)
            try Schema.migrate(server)
            let owner = Ownership()
            try Self.register(owner, server)
            server.write(as: owner.name)
            currentOwner = Mutex(owner)
            database = StateDatabase(server)
        } catch let error as StoreError {
            throw error
        } catch let problem as StoreProblem {
            throw StoreError(place: address.description, cause: problem.cause)
        } catch {
            throw StoreError(place: address.description, cause: "\(error)")
        }
    }

    /// The name of a folder: the same for all processes that share it, and no other folder's.
    private static func name(of folder: URL) throws -> String {
        try make(folder)
        let file = folder.appending(path: "place")
        let opening = try LockedFile(folder.appending(path: "opening").path)
        defer { opening.close() }
        if let name = try? String(contentsOf: file, encoding: .utf8), !name.isEmpty { return name }
        let name = UUID().uuidString.lowercased()
        try name.write(to: file, atomically: true, encoding: .utf8)
        return name
    }

    /// Creates a store in memory that ends with the process.
    /// - Throws: `StoreError`.
    public init() throws(StoreError) {
        isShared = false
        place = ""
        do {
            let queue = try DatabaseQueue()
            try Schema.migrate(queue)
            database = StateDatabase(SQLiteDatabase(queue))
        } catch {
            throw StoreError(place: ":memory:", cause: "\(error)")
        }
        currentOwner = Mutex(Ownership())
    }

    /// Begins anew under another name.
    func replaceOwner(with owner: Ownership) {
        currentOwner.withLock { $0 = owner }
        (database.base as? PostgreSQLDatabase)?.write(as: owner.name)
    }

    deinit { database.close() }

    /// Creates the folder if it is missing, accessible only to its owner.
    /// - Throws: `StoreError` if it cannot be created.
    public static func prepare(folder: URL) throws(StoreError) {
        do { try make(folder) } catch { throw StoreError(place: folder.path, cause: "\(error)") }
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
