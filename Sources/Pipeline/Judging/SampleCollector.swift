import Base
import FrameSampling
import Moderation

/// How far a run is.
public struct RunProgress: Hashable, Sendable {
    public let tally: Tally
    /// The furthest position judged so far, ms.
    public let position: Int
}

/// Collects the samples of one pass, in order of position, for a timeline.
struct SampleCollector {
    let asked: Set<Moderation.Category>
    let policy: Policy
    /// Number of the video stream that is sampled.
    var stream: Int?
    private(set) var samples: [TimelineSample] = []
    private(set) var tally = Tally()
    /// Positions answered by the picture of the one before.
    private(set) var reused = 0
    private var looks: [[UInt8]?] = []

    init(asked: Set<Moderation.Category>, policy: Policy, stream: Int? = nil) {
        self.asked = asked
        self.policy = policy
        self.stream = stream
    }

    var isEmpty: Bool { samples.isEmpty }
    /// ms; 0 when nothing was sampled.
    var lastPosition: Int { samples.last?.position ?? 0 }
    var progress: RunProgress { RunProgress(tally: tally, position: lastPosition) }

    /// Returns the sample as it is decided by itself.
    mutating func add(_ sample: SampledPosition, _ outcome: JudgingOutcome) -> TimelineSample {
        var (judgement, failure, look) = (outcome.judgement, outcome.failure, outcome.kept.look)
        if case .repeated = outcome, let last = samples.last {
            (judgement, failure, look) = (last.judgement, last.failure, looks.last ?? nil)
        }
        let added = TimelineSample(
            index: sample.index, position: sample.position, time: sample.time, judgement: judgement,
            verdict: Verdict(judgement, asked: asked, policy: policy), reused: sample.reused, failure: failure,
            stream: stream)
        samples.append(added)
        looks.append(look)
        if sample.reused { reused += 1 }
        tally.add(added.verdict.decision)
        return added
    }

    /// The timeline of all that was collected.
    /// - Parameter end: Where the last picture ends, ms; `nil`: one interval after the last position.
    func timeline(end: Int?, interval: Duration) -> Timeline {
        let assumed = isEmpty ? 0 : lastPosition + interval.wholeMilliseconds
        return Timeline(samples: settled, end: end ?? assumed, asked: asked, policy: policy)
    }

    /// All samples. What text is laid over the video shows only now that all pictures are known.
    var settled: [TimelineSample] {
        let judgements = OverlayTracker.settled(
            zip(samples, looks).map { ($0.position, $0.judgement, $1) })
        return zip(samples, judgements).map { sample, judgement in
            TimelineSample(
                index: sample.index, position: sample.position, time: sample.time, judgement: judgement,
                reused: sample.reused, failure: sample.failure, stream: stream)
        }
    }
}
