import Base
import Foundation
import Moderation
import Reports
import Store

/// What is taken out of the review queue: decisions, the trail, and whatever is to be forgotten.
public struct ReviewArchive: Sendable {
    /// How the trail is written.
    public enum Format: String, Sendable, CaseIterable {
        /// A line of JSON a step.
        case ndjson
        /// As in RFC 4180, with a header.
        case csv
    }

    fileprivate static let page = 500
    private let store: Store

    /// - Parameter store: This machine's, or that of a fleet.
    public init(_ store: Store) { self.store = store }

    /// The decided cases, by when they were decided.
    /// - Parameter limit: The most. Default: all.
    func decided(limit: Int = .max) -> DecidedCases { DecidedCases(store: store, left: limit) }

    /// Writes each decided case as a line of JSON, by when it was decided.
    /// - Parameter write: Called with each line, without its end.
    /// - Throws: `StoreProblem`, and what `write` throws.
    public func decisions(_ write: (String) throws -> Void) async throws {
        for try await known in decided() {
            guard let by = known.decidedBy, let at = known.decided else { continue }
            let medium = known.medium
            try write(
                Self.line(
                    ReviewedCase(
                        id: known.id, media: medium.media, reference: medium.reference, known.found,
                        present: known.present, isRejected: known.state == .rejected, by: by, at: at)))
        }
    }

    /// A step of the trail, as exported.
    private struct Line: Encodable {
        let number: Int
        let time, `case`, media, actor, action, before, after, note, digest: String
        /// Whether the digest follows from the step and the one before it of the same case.
        let intact: Bool
    }

    /// Writes the trail, the oldest step first.
    /// - Parameter write: Called with each line, without its end.
    /// - Returns: How many steps are not as they were written.
    /// - Throws: `StoreProblem`, and what `write` throws.
    public func trail(_ format: Format, _ write: (String) throws -> Void) async throws -> Int {
        if format == .csv { try write("number,time,case,media,actor,action,before,after,note,digest,intact\r") }
        var (last, broken) = (0, 0)
        while true {
            let steps = try await store.steps(after: last, limit: Self.page)
            for step in steps {
                let isIntact = step.follows(try await store.step(before: step))
                if !isIntact { broken += 1 }
                let line = Line(
                    number: step.number, time: UnixTime.rfc3339(step.at), case: step.caseID, media: step.media,
                    actor: step.actor, action: step.action, before: step.before, after: step.after, note: step.note,
                    digest: step.digest, intact: isIntact)
                try write(format == .csv ? Self.row(line) : Self.line(line))
            }
            guard let newest = steps.last, steps.count == Self.page else { return broken }
            last = newest.number
        }
    }

    /// Deletes every trace of media. What is still judged is left.
    /// - Parameters:
    ///   - media: The id of a medium.
    ///   - reference: The submitter's own id.
    ///   - actor: Who deletes, for the trail.
    /// - Returns: One sentence on what went, and the media that are still judged.
    /// - Throws: `StoreProblem`.
    public func erase(
        media: String?, reference: String?, by actor: String
    ) async throws -> (sentence: String, ongoing: [String]) {
        let (erased, ongoing) = try await store.erase(media: media, reference: reference, by: actor)
        return (erased.sentence, ongoing)
    }

    private static func line(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }

    private static func row(_ line: Line) -> String {
        CSVRow.line([
            "\(line.number)", line.time, line.case, line.media, line.actor, line.action, line.before, line.after,
            line.note, line.digest, "\(line.intact)",
        ]) + "\r"
    }
}

/// Decided cases, read some at a time.
struct DecidedCases: AsyncSequence, AsyncIteratorProtocol {
    let store: Store
    /// How many more to return.
    var left: Int
    /// Those that were read, the next one last.
    private var read: [StoredCase] = []
    private var last: StoredCase?
    private var isOver = false

    init(store: Store, left: Int) { (self.store, self.left) = (store, left) }

    func makeAsyncIterator() -> Self { self }

    mutating func next() async throws -> StoredCase? {
        if read.isEmpty, !isOver {
            read = try await store.decidedCases(after: last, limit: ReviewArchive.page).reversed()
            isOver = read.count < ReviewArchive.page
        }
        guard left > 0, let next = read.popLast() else { return nil }
        (last, left) = (next, left - 1)
        return next
    }
}

extension HumanDecision {
    /// What a person decided on a case.
    init(_ known: StoredCase) {
        self.init(
            caseID: known.id, scores: known.found.scores, present: Set(known.present), weight: known.found.weight)
    }
}
