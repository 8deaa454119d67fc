import FrameSampling
import Moderation

/// The outcome of one position.
enum JudgingOutcome: Sendable {
    case judged(Judgement, Kept)
    /// Judged earlier.
    case known(Judgement)
    case failed(String, Kept)
    /// Given up because judging lags behind.
    case dropped
    /// Shows the same picture as the position before.
    case repeated

    var judgement: Judgement? {
        switch self {
        case .judged(let judgement, _), .known(let judgement): judgement
        case .failed, .dropped, .repeated: nil
        }
    }

    /// Why there is no judgement.
    var failure: String? {
        switch self {
        case .failed(let reason, _): reason
        case .dropped: "given up, because judging is behind"
        case .judged, .known, .repeated: nil
        }
    }

    var kept: Kept {
        switch self {
        case .judged(_, let kept), .failed(_, let kept): kept
        case .known, .dropped, .repeated: Kept()
        }
    }

    var isRepeated: Bool { if case .repeated = self { true } else { false } }

    static var undecodable: JudgingOutcome { .failed("the picture could not be decoded", Kept()) }
    static var ended: JudgingOutcome { .failed("the run ended before it was judged", Kept()) }

    /// What is kept of a judged picture.
    struct Kept: Sendable {
        /// A reduced picture to compare others with.
        var miniature: [UInt8]?
        var picture: DecodedPicture?
    }
}

/// Counts what a judging queue has handed out.
struct JudgingCounts: Sendable {
    /// Pictures judged, and pictures with a judgement from earlier.
    var judged = 0, known = 0
    var dropped = 0, repeated = 0
    /// The sum over all pictures.
    var judgeTime = Duration.zero

    mutating func add(_ outcome: JudgingOutcome) {
        switch outcome {
        case .judged: judged += 1
        case .known: known += 1
        case .dropped: dropped += 1
        case .repeated: repeated += 1
        case .failed: break
        }
    }
}
