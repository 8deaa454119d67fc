import Foundation
import Moderation

/// Formats trials of policies as a Markdown table.
public enum PolicyTrialTable {
    /// - Parameter outcomes: Names of policies and the outcomes of their trials.
    /// - Returns: The table, ending in a newline.
    public static func render(_ outcomes: [(String, PolicyTrial.Outcome)]) -> String {
        let head = [
            "| policy | clean videos KO | events missed | boundaries off by (median, 95 %) | pictures judged |",
            "|---|---|---|---|---|",
        ]
        let rows = outcomes.map { name, outcome in
            let boundaries = [outcome.boundaryMedian, outcome.boundary95].map {
                String(format: "%.2f s", Double($0) / 1000)
            }
            // Without found events there are no boundaries.
            let distance = outcome.misses < 1 ? boundaries.joined(separator: ", ") : "–"
            return String(
                format: "| `%@` | %.2f %% | %.2f %% | %@ | %.0f |", name, outcome.falseAlarms * 100,
                outcome.misses * 100, distance, outcome.pictures)
        }
        return (head + rows).joined(separator: "\n") + "\n"
    }
}
