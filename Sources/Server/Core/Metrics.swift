import Synchronization

/// What the server did, as Prometheus reads it (text format 0.0.4).
final class Metrics: Sendable {
    private struct Key: Hashable {
        let dialect, result: String
    }
    private struct Histogram {
        var counts = [Int](repeating: 0, count: Metrics.bounds.count)
        var sum = 0.0
        var count = 0
    }
    private struct State {
        var requests: [Key: Int] = [:]
        var latencies: [String: Histogram] = [:]
        var pictures = 0
        var inFlight = 0
    }

    /// Seconds.
    fileprivate static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    private let state = Mutex(State())

    func begin() { state.withLock { $0.inFlight += 1 } }

    /// - Parameters:
    ///   - result: `ok`, or a refusal's label.
    ///   - took: Seconds.
    func end(dialect: String, result: String, took: Double) {
        state.withLock { state in
            state.inFlight -= 1
            state.requests[Key(dialect: dialect, result: result), default: 0] += 1
            var histogram = state.latencies[dialect] ?? Histogram()
            for (index, bound) in Self.bounds.enumerated() where took <= bound { histogram.counts[index] += 1 }
            histogram.sum += took
            histogram.count += 1
            state.latencies[dialect] = histogram
        }
    }

    func countPictures(_ count: Int) { state.withLock { $0.pictures += count } }

    /// - Parameters:
    ///   - queued: Images being judged or waiting for it now.
    ///   - queueLimit: At most.
    ///   - videos: Videos being judged now while clients wait.
    ///   - jobs: Submitted videos and streams being judged now.
    ///   - callbacks: Callbacks owed.
    func text(queued: Int, queueLimit: Int, videos: Int, jobs: Int, callbacks: Int) -> String {
        let state = state.withLock { $0 }
        var lines: [String] = []
        func describe(_ name: String, _ kind: String, _ help: String) {
            lines += ["# HELP framesift_\(name) \(help)", "# TYPE framesift_\(name) \(kind)"]
        }
        describe("requests_total", "counter", "Requests answered, by API and result.")
        for (key, count) in state.requests.sorted(by: {
            ($0.key.dialect, $0.key.result) < ($1.key.dialect, $1.key.result)
        }) {
            lines.append("framesift_requests_total{dialect=\"\(key.dialect)\",result=\"\(key.result)\"} \(count)")
        }
        describe("request_duration_seconds", "histogram", "From a request's headers to its answer.")
        for (dialect, histogram) in state.latencies.sorted(by: { $0.key < $1.key }) {
            let name = "framesift_request_duration_seconds"
            for (bound, count) in zip(Self.bounds, histogram.counts) {
                lines.append("\(name)_bucket{dialect=\"\(dialect)\",le=\"\(bound)\"} \(count)")
            }
            lines.append("\(name)_bucket{dialect=\"\(dialect)\",le=\"+Inf\"} \(histogram.count)")
            lines.append("\(name)_sum{dialect=\"\(dialect)\"} \(histogram.sum)")
            lines.append("\(name)_count{dialect=\"\(dialect)\"} \(histogram.count)")
        }
        describe("pictures_judged_total", "counter", "Pictures judged.")
        lines.append("framesift_pictures_judged_total \(state.pictures)")
        describe("requests_in_flight", "gauge", "Requests not answered yet.")
        lines.append("framesift_requests_in_flight \(state.inFlight)")
        describe("images_queued", "gauge", "Images being judged or waiting for it.")
        lines.append("framesift_images_queued \(queued)")
        describe("images_queue_limit", "gauge", "Images beyond this are refused at once.")
        lines.append("framesift_images_queue_limit \(queueLimit)")
        describe("videos_in_progress", "gauge", "Videos being judged.")
        lines.append("framesift_videos_in_progress \(videos)")
        describe("jobs_in_progress", "gauge", "Submitted videos and streams being judged.")
        lines.append("framesift_jobs_in_progress \(jobs)")
        describe("callbacks_owed", "gauge", "Callbacks not delivered yet.")
        lines.append("framesift_callbacks_owed \(callbacks)")
        return lines.joined(separator: "\n") + "\n"
    }
}
