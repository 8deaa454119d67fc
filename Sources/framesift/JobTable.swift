import Base
import Foundation
import Server
import Store

/// Jobs and workers in columns.
enum JobTable {
    /// - Parameter now: Unix seconds.
    static func text(_ jobs: [JobOverview], now: Double) -> String {
        let head = ["ID", "STATUS", "KIND", "KEY", "WORKER", "SINCE", "ATTEMPTS", "PICTURES", "KO", "AGE", "INPUT"]
        return columns(
            [head]
                + jobs.map { job in
                    let since = job.worker == nil ? nil : job.taken.map { age(now - $0) }
                    return [
                        job.id, job.status, job.kind.rawValue, job.key, job.worker ?? "-", since ?? "-",
                        "\(job.attempts)",
                        "\(job.pictures)", "\(job.ko)", age(now - job.submitted), job.input,
                    ]
                })
    }

    /// - Parameter now: Unix seconds.
    static func text(_ workers: [Store.Worker], now: Double) -> String {
        columns(
            [["WORKER", "UP", "LEASE", "JOBS"]]
                + workers.map { ["\($0.host)/\($0.pid)", age(now - $0.started), age($0.leaseLeft), "\($0.jobs)"] })
    }

    /// Whole units, the largest that is not 0.
    static func age(_ seconds: Double) -> String {
        let units: [(String, Double)] = [("d", 86_400), ("h", 3600), ("min", 60)]
        for (name, length) in units where seconds >= length { return "\(Int(seconds / length)) \(name)" }
        return "\(Int(max(0, seconds))) s"
    }

    private static func columns(_ rows: [[String]]) -> String {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0.padding(toLength: $1, withPad: " ", startingAt: 0) }
            return cells.joined(separator: "  ").trimmed + "\n"
        }.joined()
    }
}
