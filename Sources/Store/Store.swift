import Foundation
import GRDB

/// What outlives a process, in one SQLite file that only its owner can read.
///
/// Calls wait for the database on GRDB's own queues, not on the cooperative pool.
public final class Store: Sendable {
    let database: any DatabaseWriter

    /// Opens (or makes) `framesift.sqlite` in a folder, which is made for its owner alone when it is missing.
    /// Throws `StoreError`.
    public init(folder: URL) throws {
        let file = folder.appending(path: "framesift.sqlite")
        do {
            try FileManager.default.createDirectory(
                at: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
            if !FileManager.default.fileExists(atPath: file.path) {
                // Made before SQLite makes it, so that no moment exists in which others can read it.
                _ = FileManager.default.createFile(
                    atPath: file.path, contents: nil, attributes: [.posixPermissions: 0o600])
            }
            var configuration = Configuration()
            configuration.busyMode = .timeout(5)
            configuration.prepareDatabase { try $0.execute(sql: "PRAGMA synchronous = NORMAL") }
            database = try DatabasePool(path: file.path, configuration: configuration)
            try Schema.migrator.migrate(database)
        } catch {
            throw StoreError(file: file.path, cause: "\(error)")
        }
    }

    /// A store that is gone with the process.
    public init() throws {
        do {
            database = try DatabaseQueue()
            try Schema.migrator.migrate(database)
        } catch {
            throw StoreError(file: ":memory:", cause: "\(error)")
        }
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
