import Base
import Foundation
import Moderation

/// What policies would have decided on saved results.
public struct PolicyComparison: Encodable, Sendable {
    public struct Outcome: Encodable, Hashable, Sendable {
        public var policy: String
        public var decision: Decision
        public var nbImagesKo: Int
        public var segments: [Segment]
        /// Hits that the policy would look at again, and nobody has.
        public var unconfirmed: Int
    }

    public struct Row: Encodable, Sendable {
        public var result: String
        public var asJudged: Decision
        public var outcomes: [Outcome]
    }

    public var rows: [Row]

    /// - Parameters:
    ///   - results: Each with a name.
    ///   - policies: Each with a name.
    public init(_ results: [(String, ModerationResult)], under policies: [(String, Policy)]) {
        rows = results.map { name, result in
            let outcomes = policies.map { title, policy in
                let timeline = result.timeline(under: policy)
                return Outcome(
                    policy: title, decision: timeline.decision, nbImagesKo: timeline.tally.ko,
                    segments: timeline.segments,
                    unconfirmed: timeline.samples.count { $0.standings.values.contains(.unconfirmed) })
            }
            return Row(result: name, asJudged: result.finalDecision, outcomes: outcomes)
        }
    }

    public func json() throws -> String {
        String(decoding: try ModerationResult.encoder(pretty: true).encode(self), as: UTF8.self) + "\n"
    }

    /// A line a result and policy, and a line a policy in the end.
    public func text() -> String {
        var lines: [String] = []
        for row in rows {
            lines.append("\(row.result): \(row.asJudged.rawValue) as judged")
            for outcome in row.outcomes {
                let mark = outcome.decision == row.asJudged ? " " : "*"
                let segments = outcome.segments.map { segment in
                    "\(segment.category) \(Timecode(milliseconds: segment.start).exact)–\(Timecode(milliseconds: segment.end).exact)"
                }
                var words = ["\(outcome.nbImagesKo) KO"] + segments
                if outcome.unconfirmed > 0 { words.append("\(outcome.unconfirmed) unconfirmed, nobody looked again") }
                lines.append(
                    "\(mark) \(outcome.decision.rawValue)  \(outcome.policy): \(words.joined(separator: ", "))")
            }
        }
        let policies = rows.first?.outcomes.map(\.policy) ?? []
        for (index, policy) in policies.enumerated() {
            let decisions = rows.map { $0.outcomes[index].decision }
            let changed = rows.count { $0.outcomes[index].decision != $0.asJudged }
            lines.append(
                "\(policy): \(decisions.count { $0 == .ko }) KO, \(decisions.count { $0 == .ok }) OK, "
                    + "\(decisions.count { $0 == .undetermined }) undetermined; \(changed) of \(rows.count) otherwise than judged"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
