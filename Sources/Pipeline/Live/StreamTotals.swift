import FrameSampling
import Moderation

/// What all connections so far measured.
struct StreamTotals {
    var packetsRead = 0, packetsDecoded = 0, picturesDecoded = 0, failures = 0, packetsUnusable = 0

    mutating func add(_ report: LiveReport) {
        packetsRead += report.packetsRead
        packetsDecoded += report.packetsDecoded
        picturesDecoded += report.picturesDecoded
        failures += report.failures
        packetsUnusable += report.packetsUnusable
    }
}

extension ConnectionLoss {
    /// - Parameter isFinite: A kind of stream that says when it is over.
    init(_ error: FrameSamplingError?, isFinite: Bool) {
        guard let error else {
            self = isFinite ? .finished : .lost("the stream was ended by its server")
            return
        }
        switch error.code {
        case .streamChanged: self = .moved
        case .unauthorized, .accessForbidden, .noDecoder, .tooManyPixels, .refusedAddress, .missing, .forbidden,
            .protocolNotFound:
            self = .refused(error.description)
        default: self = .lost(error.description)
        }
    }
}
