import Base
import Moderation

/// The progress of a run.
public struct RunProgress: Hashable, Sendable {
    /// The decisions so far.
    public let tally: Tally
    /// The last judged position, in ms.
    public let position: Int
}

/// Collects the samples of one pass, in order of position.
struct SampleCollector {
    let asked: Set<ContentCategory>
    let policy: Policy
    /// The index of the sampled video stream.
    var stream: Int?
    private(set) var samples: [TimelineSample] = []
    private(set) var tally = Tally()
    /// The number of positions that reused the picture of the one before.
    private(set) var reused = 0
    private var miniatures: [[UInt8]?] = []

    init(asked: Set<ContentCategory>, policy: Policy, stream: Int? = nil) {
        self.asked = asked
        self.policy = policy
        self.stream = stream
    }

    var isEmpty: Bool { samples.isEmpty }
    /// In ms; 0 if nothing was sampled.
    var lastPosition: Int { samples.last?.position ?? 0 }
    var progress: RunProgress { RunProgress(tally: tally, position: lastPosition) }

    /// Adds a sample and returns it with its own verdict.
    mutating func add(_ sample: SampledPosition, _ outcome: JudgingOutcome) -> TimelineSample {
        var (judgement, failure, miniature) = (outcome.judgement, outcome.failure, outcome.kept.miniature)
        if case .repeated = outcome, let last = samples.last {
            (judgement, failure, miniature) = (last.judgement, last.failure, miniatures.last ?? nil)
        }
        let added = TimelineSample(
            index: sample.index, position: sample.position, time: sample.time, judgement: judgement,
            verdict: Verdict(judgement, asked: asked, policy: policy), reused: sample.reused, failure: failure,
            stream: stream)
        samples.append(added)
        miniatures.append(miniature)
        if sample.reused { reused += 1 }
        tally.add(added.verdict.decision)
        return added
    }

    /// The timeline of all samples.
    /// - Parameter end: The end of the last picture in ms; `nil` for one interval after the last position.
    func timeline(end: Int?, interval: Duration) -> Timeline {
        let assumed = isEmpty ? 0 : lastPosition + interval.wholeMilliseconds
        return Timeline(samples: settled, end: end ?? assumed, asked: asked, policy: policy)
    }

    /// All samples. Overlaid text can be told from other text only now that all pictures are known.
    var settled: [TimelineSample] {
        let judgements = OverlayTracker.settled(
            zip(samples, miniatures).map { ($0.position, $0.judgement, $1) })
        return zip(samples, judgements).map { sample, judgement in
            TimelineSample(
                index: sample.index, position: sample.position, time: sample.time, judgement: judgement,
                reused: sample.reused, failure: sample.failure, stream: stream)
        }
    }
}
