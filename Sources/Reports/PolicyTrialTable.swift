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
            let boundaries = [outcome.boundaryMedian, outcome.boundary95].map {
                String(format: "%.2f s", Double($0) / 1000)
            }
            // Where no event was found there are none.
            let distance = outcome.misses < 1 ? boundaries.joined(separator: ", ") : "–"
            return String(
                format: "| `%@` | %.2f %% | %.2f %% | %@ | %.0f |", name, outcome.falseAlarms * 100,
                outcome.misses * 100, distance, outcome.pictures)
        }
        return (head + rows).joined(separator: "\n") + "\n"
    }
}
