import Digests
import Foundation
import Moderation
import Pipeline
import Wire
import Yams

/// The APIs that a server offers, and its dashboard. Raw values are the names in files of keys, logs and metrics.
public enum DialectName: String, Hashable, Sendable, CaseIterable, Codable {
    case picpurify, sightengine, webpurify, moderatecontent
    case nsfwCategorize = "nsfw-categorize"
    /// Misskey's detector of sensitive media.
    case misskey
    case dashboard
    /// What media servers call.
    case hooks
}

/// An API key and its limits. Only the digest of the key itself is kept.
struct KeyEntry: Hashable, Sendable {
    /// Identifies the key in logs and quotas.
    var name: String
    /// Of the key.
    var digest: Digest
    /// Sightengine's `api_user`. Default: the name.
    var user: String
    /// The units it may use in total; `nil` for no limit.
    var quota: Int?
    /// Whether it may be used. Default true.
    var active: Bool
    /// The APIs it is valid for. Default: all but the hooks, with which other people's streams can be watched.
    var dialects: Set<DialectName>
    /// What it is for. Default: to submit.
    var roles: Set<KeyRole>
    /// Requests per second on average; `nil` for no limit.
    var rate: Double?
    /// The most requests at once; `nil` for no limit.
    var concurrency: Int?
    /// Its own policy; `nil` if the server's applies.
    var policy: Policy?
}

/// A file of keys: YAML that only its owner may read.
///
///     keys:
///       - key: 8f1c…            # required
///         name: shop            # required; also Sightengine's api_user, unless `user` is given
///         user: "1234"
///         quota: 100000         # units in total
///         active: true
///         dialects: [picpurify, sightengine]
///         roles: [submit]       # or review, administer
///         rate: 5               # requests per second
///         concurrency: 4        # requests at once
///         policy: shop.yaml     # relative to this file's folder
public struct KeyFile: Sendable {
    let entries: [KeyEntry]

    /// What is wrong with a file of keys. It never contains a key.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The path of the file.
        public let path: String
        /// What is wrong, without the path.
        public let reason: String
        /// Both.
        public var description: String { "\(path): \(reason)" }
    }

    private struct Document: Decodable {
        var keys: [Entry]
    }
    private struct Entry: Decodable {
        var key, name: String
        var user: String?
        var quota: Int?
        var active: Bool?
        var dialects, roles: [String]?
        var rate: Double?
        var concurrency: Int?
        var policy: String?
    }

    /// Reads and validates a file.
    /// - Parameters:
    ///   - path: The file's path.
    ///   - credentials: The folder of systemd's credentials; of a file in it only its user and group may read.
    /// - Throws: `Problem`.
    public init(
        path: String, credentials: String? = ProcessInfo.processInfo.environment["CREDENTIALS_DIRECTORY"]
    ) throws {
        var status = stat()
        guard stat(path, &status) == 0, let data = FileManager.default.contents(atPath: path) else {
            throw Problem(path: path, reason: "it cannot be read")
        }
        // systemd gives a service its credentials by an access list, which shows as a right of the group.
        let others: mode_t = credentials.map { path.hasPrefix($0 + "/") } == true ? 0o007 : 0o077
        guard status.st_mode & others == 0 else {
            throw Problem(path: path, reason: "others can read it; chmod 600 it")
        }
        let document: Document
        do {
            document = try YAMLDecoder().decode(Document.self, from: data)
        } catch {
            throw Problem(path: path, reason: "it is not a list of keys as documented\(Self.place(of: error))")
        }
        entries = try document.keys.map { try Self.entry($0, path: path) }
        guard Set(entries.map(\.name)).count == entries.count, Set(entries.map(\.digest)).count == entries.count else {
            throw Problem(path: path, reason: "two keys have the same name or are identical")
        }
    }

    /// Where decoding failed, as names without values, which may be secret.
    private static func place(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "" }
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        case .keyNotFound(let key, let found):
            return " (\(dottedPath(found.codingPath + [key])) is missing)"
        @unknown default: return ""
        }
        return context.codingPath.isEmpty ? "" : " (see \(dottedPath(context.codingPath)))"
    }

    private static func dottedPath(_ path: [any CodingKey]) -> String {
        path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    private static func entry(_ entry: Entry, path: String) throws -> KeyEntry {
        func fail(_ reason: String) -> Problem { Problem(path: path, reason: "key “\(entry.name)”: \(reason)") }
        guard !entry.key.isEmpty, !entry.name.isEmpty else { throw fail("key and name cannot be empty") }
        let usual = DialectName.allCases.filter { $0 != .hooks }.map(\.rawValue)
        let dialects = try (entry.dialects ?? usual).map { name in
            guard let dialect = DialectName(rawValue: name) else {
                let known = DialectName.allCases.map(\.rawValue).joined(separator: ", ")
                throw fail("there is no dialect “\(name)”; the dialects are \(known)")
            }
            return dialect
        }
        let roles = try (entry.roles ?? [KeyRole.submit.rawValue]).map { name in
            guard let role = KeyRole(rawValue: name) else {
                let known = KeyRole.allCases.map(\.rawValue).joined(separator: ", ")
                throw fail("there is no role “\(name)”; the roles are \(known)")
            }
            return role
        }
        if let quota = entry.quota, quota < 0 { throw fail("quota must be 0 or more") }
        if let rate = entry.rate, !(rate > 0) { throw fail("rate must be above 0") }
        if let concurrency = entry.concurrency, concurrency < 1 { throw fail("concurrency must be 1 or more") }
        let folder = URL(filePath: path).deletingLastPathComponent()
        let policy: Policy?
        do {
            policy = try entry.policy.map {
                try PolicyFile(path: URL(filePath: $0, relativeTo: folder).path, vocabulary: .ofServices).policy
            }
        } catch let problem as PolicyFile.Problem {
            throw fail("\(problem)")
        }
        return KeyEntry(
            name: entry.name, digest: Digest(.sha256, of: Data(entry.key.utf8)), user: entry.user ?? entry.name,
            quota: entry.quota, active: entry.active ?? true, dialects: Set(dialects), roles: Set(roles),
            rate: entry.rate, concurrency: entry.concurrency, policy: policy)
    }
}
