import Crypto
import Foundation
import Moderation
import Pipeline
import Wire
import Yams

/// The APIs a server speaks, and its dashboard.
public enum DialectName: String, Hashable, Sendable, CaseIterable, Codable {
    case picpurify, sightengine, webpurify, moderatecontent
    case nsfwCategorize = "nsfw-categorize"
    case dashboard
}

/// A key that may be used, and how far. The key itself is not kept, only its digest.
struct KeyEntry: Hashable, Sendable {
    /// For logs and quotas.
    var name: String
    var digest: SHA256Digest
    /// Sightengine's `api_user`.
    var user: String
    /// Units in all; `nil`: no limit.
    var quota: Int?
    var active: Bool
    var dialects: Set<DialectName>
    /// Requests a second, on average; `nil`: no limit.
    var rate: Double?
    /// Requests at once; `nil`: no limit.
    var concurrency: Int?
    /// What decides for it; `nil`: what decides for everybody.
    var policy: Policy?
}

/// Reads the file of keys: YAML, readable by its owner alone.
///
///     keys:
///       - key: 8f1c…            # required
///         name: shop            # required; also Sightengine's api_user, unless `user` is given
///         user: "1234"
///         quota: 100000         # units in all
///         active: true
///         dialects: [picpurify, sightengine]
///         rate: 5               # requests a second
///         concurrency: 4        # requests at once
///         policy: shop.yaml     # a policy, as seen from this file's folder
public enum KeyFile {
    /// What is wrong with a file of keys; never repeats a key.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        public let path: String
        public let reason: String
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
        var dialects: [String]?
        var rate: Double?
        var concurrency: Int?
        var policy: String?
    }

    /// Throws `Problem`.
    static func read(path: String) throws -> [KeyEntry] {
        var status = stat()
        guard stat(path, &status) == 0, let data = FileManager.default.contents(atPath: path) else {
            throw Problem(path: path, reason: "it cannot be read")
        }
        guard status.st_mode & 0o077 == 0 else {
            throw Problem(path: path, reason: "others can read it; chmod 600 it")
        }
        let document: Document
        do {
            document = try YAMLDecoder().decode(Document.self, from: data)
        } catch {
            throw Problem(path: path, reason: "it is not a list of keys as the documentation has it\(place(of: error))")
        }
        let entries = try document.keys.map { try entry($0, path: path) }
        guard Set(entries.map(\.name)).count == entries.count, Set(entries.map(\.digest)).count == entries.count else {
            throw Problem(path: path, reason: "two keys share a name, or are the same")
        }
        return entries
    }

    /// Where a decoder stumbled: the names on the way, without values, which may be secret.
    private static func place(of error: any Error) -> String {
        guard let error = error as? DecodingError else { return "" }
        let context: DecodingError.Context
        switch error {
        case .typeMismatch(_, let found), .valueNotFound(_, let found), .dataCorrupted(let found): context = found
        case .keyNotFound(let key, let found):
            return " (\(way(found.codingPath + [key])) is missing)"
        @unknown default: return ""
        }
        return context.codingPath.isEmpty ? "" : " (see \(way(context.codingPath)))"
    }

    private static func way(_ path: [any CodingKey]) -> String {
        path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
    }

    private static func entry(_ entry: Entry, path: String) throws -> KeyEntry {
        func fail(_ reason: String) -> Problem { Problem(path: path, reason: "key “\(entry.name)”: \(reason)") }
        guard !entry.key.isEmpty, !entry.name.isEmpty else { throw fail("key and name cannot be empty") }
        let dialects = try (entry.dialects ?? DialectName.allCases.map(\.rawValue)).map { name in
            guard let dialect = DialectName(rawValue: name) else {
                let known = DialectName.allCases.map(\.rawValue).joined(separator: ", ")
                throw fail("there is no dialect “\(name)”; there are \(known)")
            }
            return dialect
        }
        if let quota = entry.quota, quota < 0 { throw fail("quota is a number from 0 on") }
        if let rate = entry.rate, !(rate > 0) { throw fail("rate is a number above 0") }
        if let concurrency = entry.concurrency, concurrency < 1 { throw fail("concurrency is a number from 1 on") }
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
            name: entry.name, digest: SHA256.hash(data: Data(entry.key.utf8)), user: entry.user ?? entry.name,
            quota: entry.quota, active: entry.active ?? true, dialects: Set(dialects), rate: entry.rate,
            concurrency: entry.concurrency, policy: policy)
    }
}
