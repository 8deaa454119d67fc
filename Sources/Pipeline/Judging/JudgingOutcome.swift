import FrameSampling
import Moderation

/// What became of a position.
enum JudgingOutcome: Sendable {
    case judged(Judgement, Kept)
    /// Judged before.
    case known(Judgement)
    case failed(String, Kept)
    /// Given up, because judging is behind.
    case dropped
    /// The picture of the position before.
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

    /// What is kept of a picture once it was judged.
    struct Kept: Sendable {
        /// Reduced, to compare pictures by.
        var look: [UInt8]?
        var picture: DecodedPicture?
    }
}

/// What a judging queue has handed out.
struct JudgingCounts: Sendable {
    /// Pictures judged here, and answered by what was known before.
    var judged = 0, known = 0
    var dropped = 0, repeated = 0
    /// Summed over pictures.
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
