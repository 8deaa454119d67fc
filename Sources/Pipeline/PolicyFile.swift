import Foundation
import Moderation
import Yams

/// Reads a policy from a YAML file. `Samples/policy.yaml` shows every key.
public struct PolicyFile: Sendable {
    /// The policy.
    public let policy: Policy

    /// Why a policy could not be read.
    public struct Problem: Error, Hashable, Sendable, CustomStringConvertible {
        /// The file's path.
        public let path: String
        /// The line, from 1; `nil` if the file could not be read at all.
        public let line: Int?
        /// One sentence.
        public let reason: String

        /// Path, line and reason.
        public var description: String { line.map { "\(path):\($0): \(reason)" } ?? "\(path): \(reason)" }
    }

    private static let largest = 1 << 20

    /// Reads and checks a file.
    /// - Parameters:
    ///   - path: The file's path.
    ///   - vocabulary: The known names of categories.
    /// - Throws: `Problem`.
    public init(path: String, vocabulary: TaskVocabulary = .unified) throws {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Problem(path: path, line: nil, reason: "the policy cannot be read.")
        }
        guard data.count <= Self.largest else {
            throw Problem(path: path, line: nil, reason: "a policy is at most 1 MiB.")
        }
        try self.init(yaml: String(decoding: data, as: UTF8.self), path: path, vocabulary: vocabulary)
    }

    /// Checks the text of a policy.
    /// - Parameters:
    ///   - yaml: The text.
    ///   - path: A path for messages.
    ///   - vocabulary: The known names of categories.
    /// - Throws: `Problem`.
    public init(yaml: String, path: String, vocabulary: TaskVocabulary = .unified) throws {
        let root: Node?
        do {
            root = try Yams.compose(yaml: yaml)
        } catch let error as YamlError {
            let (line, problem) = error.place
            throw Problem(path: path, line: line, reason: "this is not YAML: \(problem).")
        }
        policy = try PolicyReader(path: path, vocabulary: vocabulary).policy(root)
    }
}

extension YamlError {
    fileprivate var place: (line: Int?, problem: String) {
        switch self {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _),
            .composer(_, let problem, let mark, _):
            (mark.line, problem)
        default: (nil, "\(self)")
        }
    }
}

/// Reads nodes rather than values, so that every error can name its line.
private struct PolicyReader {
    let path: String
    let vocabulary: TaskVocabulary

    func policy(_ root: Node?) throws -> Policy {
        var policy = Policy()
        guard let root, root != Node("", Tag(.null)) else { return policy }
        for (key, value) in try pairs(root, "a policy is a list of keys and values") {
            switch key.string {
            case "threshold": policy.threshold = try probability(value)
            case "decision": policy.rule = try rule(value)
            case "gap": policy.gap = try milliseconds(value)
            case "min_duration": policy.minDuration = try milliseconds(value)
            case "close_threshold": policy.closeThreshold = try probability(value)
            case "confirm": policy.confirm = try confirmation(value)
            case "known": policy.knownDistance = try knownDistance(value)
            case "experimental": policy.allowsExperiments = try flag(value)
            case "review": policy.review = try band(value)
            case "sample": policy.sample = try share(value)
            case "categories": try categories(value, into: &policy)
            default:
                let known = "threshold, close_threshold, decision, gap, min_duration, confirm, known, experimental"
                throw unknown(key, known: known + ", review, sample, categories")
            }
        }
        return policy
    }

    private func categories(_ node: Node, into policy: inout Policy) throws {
        for (key, value) in try pairs(node, "categories is a list of categories") {
            guard let name = key.string, let task = vocabulary.task(named: name) else {
                throw problem(key, "unknown category “\(key.string ?? "?")”.")
            }
            for (field, setting) in try pairs(value, "a category has a threshold, or harmful, or both") {
                for category in task.categories {
                    switch field.string {
                    case "threshold": policy.thresholds[category] = try probability(setting)
                    case "close_threshold": policy.closeThresholds[category] = try probability(setting)
                    case "harmful": policy.harmful[category] = try flag(setting)
                    default: throw unknown(field, known: "threshold, close_threshold, harmful")
                    }
                }
            }
        }
    }

    private func confirmation(_ node: Node) throws -> Confirmation? {
        if let isWanted = node.bool { return isWanted ? Confirmation() : nil }
        var confirm = Confirmation()
        for (key, value) in try pairs(node, "confirm is true, false, or a list of keys and values") {
            switch key.string {
            case "interval":
                confirm.interval = try milliseconds(value)
                guard confirm.interval >= 1 else { throw problem(value, "at least a millisecond belongs here.") }
            case "agree":
                confirm.agree = try probability(value)
                guard confirm.agree > 0 else { throw problem(value, "a share is more than 0 and at most 1.") }
            case "doubt": confirm.doubt = try probability(value)
            case "most_pictures": confirm.maxPictures = try count(value)
            default: throw unknown(key, known: "interval, agree, doubt, most_pictures")
            }
        }
        return confirm
    }

    private func band(_ node: Node) throws -> ClosedRange<Double> {
        let expected = "a band is written as 0.3..0.7, both from 0 to 1."
        let ends = (node.string ?? "").components(separatedBy: "..").map(Double.init)
        guard ends.count == 2, let low = ends[0], let high = ends[1], 0 <= low, low <= high, high <= 1 else {
            throw problem(node, expected)
        }
        return low...high
    }

    private func share(_ node: Node) throws -> Double {
        guard let text = node.string, text.hasSuffix("%") else { return try probability(node) }
        return try require(
            Double(text.dropLast()).map { $0 / 100 }, in: 0...1, node, "a share is written as 1% or 0.01.")
    }

    private func knownDistance(_ node: Node) throws -> Int {
        var distance = Policy().knownDistance
        for (key, value) in try pairs(node, "known is a list of keys and values") {
            guard key.string == "distance" else { throw unknown(key, known: "distance") }
            distance = try require(value.int, in: 0...60, value, "a whole number of bits from 0 to 60 belongs here.")
        }
        return distance
    }

    private func rule(_ node: Node) throws -> Policy.Rule {
        if node.string == "any" { return .any }
        let choices = "decision is any, {at_least: N}, {ratio: R} or {window: {hits: K, of: N}}."
        guard let pair = node.mapping?.first, node.mapping?.count == 1 else { throw problem(node, choices) }
        switch pair.key.string {
        case "at_least": return .atLeast(try count(pair.value))
        case "ratio":
            let share = try probability(pair.value)
            guard share > 0 else { throw problem(pair.value, "a ratio is more than 0 and at most 1.") }
            return .ratio(share)
        case "window":
            guard let hits = pair.value["hits"], let size = pair.value["of"] else { throw problem(pair.value, choices) }
            let (least, among) = (try count(hits), try count(size))
            guard least <= among else { throw problem(hits, "a window of \(among) cannot hold \(least) hits.") }
            return .window(hits: least, of: among)
        default: throw problem(pair.key, choices)
        }
    }

    private func pairs(_ node: Node, _ expectation: String) throws -> [(key: Node, value: Node)] {
        guard let mapping = node.mapping else { throw problem(node, "\(expectation).") }
        return mapping.map { ($0.key, $0.value) }
    }

    private func probability(_ node: Node) throws -> Double {
        try require(node.float, in: 0...1, node, "a number from 0 to 1 belongs here.")
    }

    private func count(_ node: Node) throws -> Int {
        try require(node.int, in: 1...Int.max, node, "a whole number from 1 on belongs here.")
    }

    private func flag(_ node: Node) throws -> Bool {
        guard let value = node.bool else { throw problem(node, "true or false belongs here.") }
        return value
    }

    private func milliseconds(_ node: Node) throws -> Int {
        let seconds = try require(node.float, in: 0...86_400, node, "seconds (0 to 86400) belong here.")
        return Int((seconds * 1000).rounded())
    }

    private func require<Value>(
        _ value: Value?, in range: ClosedRange<Value>, _ node: Node, _ reason: String
    ) throws -> Value {
        guard let value, range.contains(value) else { throw problem(node, reason) }
        return value
    }

    private func unknown(_ key: Node, known: String) -> PolicyFile.Problem {
        problem(key, "unknown key “\(key.string ?? "?")”; known: \(known).")
    }

    private func problem(_ node: Node, _ reason: String) -> PolicyFile.Problem {
        PolicyFile.Problem(path: path, line: node.mark?.line, reason: reason)
    }
}
