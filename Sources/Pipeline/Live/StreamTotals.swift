import FrameSampling
import Moderation

/// The counts of a watch so far.
struct StreamTotals {
    /// Of closed connections.
    var packetsRead = 0, packetsDecoded = 0, picturesDecoded = 0, failures = 0, packetsUnusable = 0
    var connections = 0, gaps = 0
    /// In ms.
    var gapTime = 0
    var lag = LagHistogram()

    mutating func add(_ report: LiveReport) {
        packetsRead += report.packetsRead
        packetsDecoded += report.packetsDecoded
        picturesDecoded += report.picturesDecoded
        failures += report.failures
        packetsUnusable += report.packetsUnusable
    }

    mutating func add(gap: Range<Int>) {
        gaps += 1
        gapTime += gap.count
    }

    /// - Parameters:
    ///   - rules: The rule engine that has received all samples.
    ///   - looks: The number of pictures judged for second looks.
    func summary(
        _ state: StreamState, _ reason: String?, _ rules: RuleEngine, _ counts: JudgingCounts, _ spending: Spending?,
        looks: Int
    ) -> LiveSummary {
        let isComplete = gaps == 0 && counts.dropped == 0 && state == .ended
        var summary = LiveSummary(
            state: state, reason: reason, decision: rules.decision(isComplete: isComplete),
            tally: rules.tally, dropped: counts.dropped, segments: rules.segments, categories: rules.categories,
            connections: connections, gaps: gaps, gapTime: gapTime, lag: lag, packetsRead: packetsRead,
            packetsDecoded: packetsDecoded, picturesDecoded: picturesDecoded, failures: failures,
            packetsUnusable: packetsUnusable,
            cost: .init(
                requests: spending?.requests ?? lag.count + looks, operations: spending?.operations ?? 0,
                bytesSent: spending?.bytesSent ?? 0, reused: counts.repeated))
        summary.refuted = rules.refuted
        return summary
    }
}

extension ConnectionLoss {
    /// - Parameter isFinite: Whether this kind of stream says when it is over.
    init(_ error: FrameSamplingError?, isFinite: Bool) {
        guard let error else {
            self = isFinite ? .finished : .lost("the stream was ended by its server")
            return
        }
        switch error.code {
        case .streamChanged: self = .moved
        case _ where error.isDecoderDeath: self = .crashed(error.description)
        // No attempt of this process can get a decoder any more.
        case .sandboxUnavailable where DecoderSandbox.walls.isLost: self = .refused(error.description)
        case .unauthorized, .accessForbidden, .noDecoder, .tooManyPixels, .manyAddresses, .refusedAddress,
            .untrustedCertificate, .missing, .forbidden, .protocolNotFound:
            self = .refused(error.description)
        default: self = .lost(error.description)
        }
    }
}
