import FrameSampling
import Moderation
import Synchronization

/// Counts what the server does, for Prometheus (text format 0.0.4).
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
        var lostClaims = 0
        var lostLeases = 0
        var handovers = 0
        var postponements = 0
        var actions: [String: Int] = [:]
        var inFlight = 0
    }

    /// The upper bounds of the histogram's buckets, in seconds.
    private static let bounds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60]
    private let state = Mutex(State())

    /// Counts a request that arrived. `end` must follow.
    func begin() { state.withLock { $0.inFlight += 1 } }

    /// Counts a request that was answered.
    /// - Parameters:
    ///   - dialect: The raw value of its `DialectName`.
    ///   - result: `ok`, or a refusal's label.
    ///   - seconds: The time from its headers to its answer.
    func end(dialect: String, result: String, seconds: Double) {
        state.withLock { state in
            state.inFlight -= 1
            state.requests[Key(dialect: dialect, result: result), default: 0] += 1
            var histogram = state.latencies[dialect] ?? Histogram()
            for (index, bound) in Self.bounds.enumerated() where seconds <= bound { histogram.counts[index] += 1 }
            histogram.sum += seconds
            histogram.count += 1
            state.latencies[dialect] = histogram
        }
    }

    /// Adds judged pictures.
    func countPictures(_ count: Int) { state.withLock { $0.pictures += count } }

    /// Counts a job that this process worked on when it was no longer its own: the write that found it wrote nothing.
    func countLostClaim() { state.withLock { $0.lostClaims += 1 } }

    /// Counts a lease that ended, or could not be renewed.
    func countLostLease() { state.withLock { $0.lostLeases += 1 } }

    /// Adds jobs that were left to other processes.
    func countHandovers(_ count: Int) { state.withLock { $0.handovers += count } }

    /// Counts a job that was put off because its file cannot be read at present.
    func countPostponement() { state.withLock { $0.postponements += 1 } }

    /// Counts an attempt of an action.
    func count(_ outcome: ActionOutcome) {
        let result = outcome.wasEnded ? "ended" : outcome.result.rawValue
        state.withLock { $0.actions["{trigger=\"\(outcome.kind.rawValue)\",outcome=\"\(result)\"}", default: 0] += 1 }
    }

    /// Jobs of all processes that share the store, in Prometheus's format.
    /// - Parameters:
    ///   - waiting: Jobs that no process has, and since when the oldest waits, in Unix seconds.
    ///   - now: Unix seconds.
    static func text(waiting: (count: Int, oldest: Double?), now: Double) -> String {
        let age = waiting.oldest.map { max(0, Int(now - $0)) } ?? 0
        return gauge("jobs_waiting", "Submitted videos and streams that no process has.", waiting.count)
            + gauge("jobs_oldest_waiting_seconds", "How long the oldest of them has waited.", age)
    }

    /// All metrics in Prometheus's format.
    /// - Parameters:
    ///   - queued: Images being judged or waiting now.
    ///   - queueLimit: The most such images.
    ///   - videos: Videos being judged now while their clients wait.
    ///   - jobs: Submitted videos and streams being judged now.
    ///   - callbacks: Callbacks not delivered yet.
    ///   - decoders: The processes that decode.
    func text(
        queued: Int, queueLimit: Int, videos: Int, jobs: Int, callbacks: Int, decoders: DecoderSandbox.Counts
    ) -> String {
        let state = state.withLock { $0 }
        let requests = state.requests.map { key, count in
            "{dialect=\"\(key.dialect)\",result=\"\(key.result)\"} \(count)"
        }
        let latencies = state.latencies.sorted { $0.key < $1.key }.flatMap { dialect, histogram in
            let label = "dialect=\"\(dialect)\""
            return zip(Self.bounds, histogram.counts).map { "_bucket{\(label),le=\"\($0)\"} \($1)" } + [
                "_bucket{\(label),le=\"+Inf\"} \(histogram.count)", "_sum{\(label)} \(histogram.sum)",
                "_count{\(label)} \(histogram.count)",
            ]
        }
        return [
            Self.metric("requests_total", "counter", "Requests answered, by API and result.", requests.sorted()),
            Self.metric(
                "request_duration_seconds", "histogram", "From a request's headers to its answer.", latencies),
            Self.metric("pictures_judged_total", "counter", "Pictures judged.", [" \(state.pictures)"]),
            Self.metric(
                "fenced_writes_total", "counter", "Writes refused because the job was no longer this process's.",
                [" \(state.lostClaims)"]),
            Self.metric(
                "leases_lost_total", "counter", "Leases that ended, or could not be renewed.",
                [" \(state.lostLeases)"]),
            Self.metric(
                "jobs_handed_over_total", "counter", "Jobs left to other processes.", [" \(state.handovers)"]),
            Self.metric(
                "jobs_postponed_total", "counter", "Jobs put off because their file could not be read.",
                [" \(state.postponements)"]),
            Self.metric(
                "actions_total", "counter", "Attempts of actions, by what they were for and how they ended.",
                state.actions.map { "\($0) \($1)" }.sorted()),
            Self.gauge("requests_in_flight", "Requests not answered yet.", state.inFlight),
            Self.gauge("images_queued", "Images being judged or waiting.", queued),
            Self.gauge("images_queue_limit", "Images beyond this are refused at once.", queueLimit),
            Self.gauge("videos_in_progress", "Videos being judged.", videos),
            Self.gauge("jobs_in_progress", "Submitted videos and streams being judged.", jobs),
            Self.gauge("callbacks_owed", "Callbacks and actions not delivered yet.", callbacks),
            Self.gauge("decoders", "Processes that decode an input, or just did.", decoders.alive),
            Self.metric(
                "decoders_started_total", "counter", "Processes that were given an input.", [" \(decoders.started)"]),
            Self.metric(
                "decoder_deaths_total", "counter", "Processes that their input ended, by reason.",
                [
                    "{reason=\"crash\"} \(decoders.crashed)", "{reason=\"limit\"} \(decoders.limited)",
                    "{reason=\"hang\"} \(decoders.hung)", "{reason=\"garbled\"} \(decoders.garbled)",
                    "{reason=\"forbidden\"} \(decoders.forbidden)",
                ]),
        ].joined()
    }

    private static func gauge(_ name: String, _ help: String, _ value: Int) -> String {
        metric(name, "gauge", help, [" \(value)"])
    }

    /// - Parameter samples: Each without the metric's name: suffix, labels and value.
    private static func metric(_ name: String, _ kind: String, _ help: String, _ samples: [String]) -> String {
        let lines = ["# HELP framesift_\(name) \(help)", "# TYPE framesift_\(name) \(kind)"]
        return (lines + samples.map { "framesift_\(name)\($0)" }).map { $0 + "\n" }.joined()
    }
}
