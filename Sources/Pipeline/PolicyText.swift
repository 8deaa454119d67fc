import Base
import Foundation
import Moderation

extension Policy {
    /// The policy as a policy file has it: YAML, in which defaults are left out. Ends in a newline.
    ///
    /// `PolicyFile` reads it as the same policy, if it knows each category by its own name.
    public var yaml: String {
        let plain = Policy()
        var lines: [String] = []
        if threshold != plain.threshold { lines.append("threshold: \(threshold)") }
        if let closeThreshold { lines.append("close_threshold: \(closeThreshold)") }
        if rule != plain.rule { lines.append("decision: \(rule.yaml)") }
        if gap != plain.gap { lines.append("gap: \(Self.seconds(gap))") }
        if minDuration != plain.minDuration { lines.append("min_duration: \(Self.seconds(minDuration))") }
        if let confirm {
            lines.append(
                "confirm: {interval: \(Self.seconds(confirm.interval)), agree: \(confirm.agree), "
                    + "doubt: \(confirm.doubt), most_pictures: \(confirm.maxPictures)}")
        }
        if knownDistance != plain.knownDistance { lines.append("known: {distance: \(knownDistance)}") }
        if allowsExperiments { lines.append("experimental: true") }
        if let review { lines.append("review: \(review.lowerBound)..\(review.upperBound)") }
        if let sample { lines.append("sample: \(sample)") }
        let named = Set(thresholds.keys).union(closeThresholds.keys).union(harmful.keys).sorted()
        if !named.isEmpty { lines.append("categories:") }
        lines += named.map { "  \($0): {\(settings(of: $0).joined(separator: ", "))}" }
        return lines.isEmpty ? "{}\n" : lines.map { $0 + "\n" }.joined()
    }

    private func settings(of category: ContentCategory) -> [String] {
        [
            thresholds[category].map { "threshold: \($0)" },
            closeThresholds[category].map { "close_threshold: \($0)" },
            harmful[category].map { "harmful: \($0)" },
        ].compactMap { $0 }
    }

    private static func seconds(_ milliseconds: Int) -> Double { Double(milliseconds) / 1000 }
}

extension Policy.Rule {
    fileprivate var yaml: String {
        switch self {
        case .any: "any"
        case .atLeast(let count): "{at_least: \(count)}"
        case .ratio(let share): "{ratio: \(share)}"
        case .window(let hits, let of): "{window: {hits: \(hits), of: \(of)}}"
        }
    }
}
