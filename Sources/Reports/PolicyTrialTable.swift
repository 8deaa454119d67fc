import Foundation
import Moderation

/// Trials of policies as a table in Markdown.
public enum PolicyTrialTable {
    /// - Parameter outcomes: With the policies' names.
    public static func render(_ outcomes: [(String, PolicyTrial.Outcome)]) -> String {
        let head = [
            "| policy | clean videos KO | events missed | boundaries off by (median, 95 %) | pictures judged |",
            "|---|---|---|---|---|",
        ]
        let rows = outcomes.map { name, outcome in
            String(
                format: "| `%@` | %.2f %% | %.2f %% | %.2f s, %.2f s | %.0f |", name, outcome.falseAlarms * 100,
                outcome.misses * 100, Double(outcome.boundaryMedian) / 1000, Double(outcome.boundary95) / 1000,
                outcome.pictures)
        }
        return (head + rows).joined(separator: "\n") + "\n"
    }
}
