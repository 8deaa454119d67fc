import Base
import Moderation

/// What different policies would have decided on saved results.
public struct PolicyComparison: JSONDocument, Sendable {
    /// What one policy makes of one result.
    public struct Outcome: Encodable, Hashable, Sendable {
        /// The policy's name.
        public var policy: String
        /// The decision under the policy.
        public var decision: Decision
        /// The number of pictures that are KO under the policy.
        public var nbImagesKo: Int
        /// The segments under the policy.
        public var segments: [Segment]
        /// The hits for which the policy wants a second look that was not taken.
        public var unconfirmed: Int
    }

    /// One result under all policies.
    public struct Row: Encodable, Sendable {
        /// The result's name.
        public var result: String
        /// The decision that was saved.
        public var asJudged: Decision
        /// In the order of the policies.
        public var outcomes: [Outcome]
    }

    /// In the order of the results.
    public var rows: [Row]

    /// Applies each policy to each result.
    /// - Parameters:
    ///   - results: Names and results.
    ///   - policies: Names and policies.
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

    /// The comparison for people: a line for each result and policy, then a summary of each policy. Ends in a newline.
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
                if outcome.unconfirmed > 0 { words.append("\(outcome.unconfirmed) without a second look") }
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
                    + "\(decisions.count { $0 == .undetermined }) undetermined; \(changed) of \(rows.count) changed"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
