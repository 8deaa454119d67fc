import FrameSampling
import Moderation
import Synchronization

/// How far a run is.
public struct RunProgress: Hashable, Sendable {
    public let tally: Tally
    /// The furthest position judged so far, ms.
    public let position: Int
}

/// Gathers samples and judgements, which arrive in any order, and folds them into a timeline.
final class Fold: Sendable {
    fileprivate struct Position {
        let index, position: Int
        let time: MediaTime?
        let job: Int
        let reused: Bool
    }

    fileprivate struct State {
        var positions: [Position] = []
        /// A job is one picture; its outcome is shared by the positions it serves.
        var outcomes: [Outcome?] = []
        /// The job that judges the picture of a timestamp: groups of pictures arrive mixed, so a reused picture is not
        /// always the one that came last.
        var jobs: [Int64: Int] = [:]
        /// Positions, by their place in `positions`, that wait for a job.
        var waiting: [Int: [Int]] = [:]
        var tally = Tally()
        var furthest = 0
        var judgeTime = Duration.zero
        var judged = 0
        /// Jobs that were answered by what was judged before.
        var known = 0
    }

    fileprivate struct Outcome {
        let judgement: Judgement?
        let failure: String?
        let verdict: Verdict
        /// The picture reduced, where later ones are compared with it.
        let look: [UInt8]?
    }

    private let state = Mutex(State())
    private let asked: Set<Moderation.Category>
    private let policy: Policy
    private let stream: Int?
    private let progress: @Sendable (RunProgress) -> Void
    private let observe: @Sendable (TimelineSample) async -> Void

    /// - Parameters:
    ///   - stream: Number of the video stream that is sampled.
    ///   - observe: Hears of each sample that is decided, and is waited for.
    init(
        asked: Set<Moderation.Category>, policy: Policy, stream: Int? = nil,
        progress: @escaping @Sendable (RunProgress) -> Void,
        observe: @escaping @Sendable (TimelineSample) async -> Void = { _ in }
    ) {
        self.stream = stream
        self.asked = asked
        self.policy = policy
        self.progress = progress
        self.observe = observe
    }

    /// Notes a sample. Returns the job to judge, or `nil` when there is nothing (more) to judge: the picture is broken,
    /// or the same as at the position before.
    func add(_ sample: Sample) async -> Int? {
        let (job, settled): (Int?, TimelineSample?) = state.withLock { state in
            let known = sample.reused && !sample.damaged ? state.jobs[sample.time.pts] : nil
            let reuses = known != nil
            let job = known ?? state.outcomes.count
            if !reuses {
                state.outcomes.append(nil)
                state.jobs[sample.time.pts] = job
            }
            state.positions.append(
                Position(
                    index: sample.index, position: sample.position, time: sample.time, job: job, reused: sample.reused))
            if reuses, let outcome = state.outcomes[job] {
                state.count(outcome.verdict.decision, at: sample.position)
                return (nil, state.positions.last.map { self.sample($0, outcome) })
            }
            state.waiting[job, default: []].append(state.positions.count - 1)
            return (reuses ? nil : job, nil)
        }
        if let settled { await observe(settled) }
        guard let job else { return nil }
        if sample.picture == nil || sample.damaged {
            await settle(job, judgement: nil, failure: "the picture could not be decoded", took: .zero)
            return nil
        }
        return job
    }

    /// Notes what the judge said of a picture.
    /// - Parameter look: The picture reduced, where there is text in it.
    func finish(
        _ job: Int, _ outcome: Result<Judgement, JudgeFailure>, look: [UInt8]? = nil, took: Duration
    ) async {
        switch outcome {
        case .success(let judgement): await settle(job, judgement: judgement, look: look, failure: nil, took: took)
        case .failure(let failure): await settle(job, judgement: nil, failure: failure.reason, took: took)
        }
    }

    /// Notes what is known of a picture from before.
    func reuse(_ job: Int, _ judgement: Judgement) async {
        await settle(job, judgement: judgement, failure: nil, took: .zero, isKnown: true)
    }

    private func settle(
        _ job: Int, judgement: Judgement?, look: [UInt8]? = nil, failure: String?, took: Duration,
        isKnown: Bool = false
    ) async {
        let verdict = Verdict(judgement, asked: asked, policy: policy)
        let (now, settled) = state.withLock { state in
            let outcome = Outcome(judgement: judgement, failure: failure, verdict: verdict, look: look)
            state.outcomes[job] = outcome
            let waiting = (state.waiting.removeValue(forKey: job) ?? []).map { state.positions[$0] }
            for position in waiting { state.count(verdict.decision, at: position.position) }
            state.judgeTime += took
            if isKnown { state.known += 1 } else if judgement != nil { state.judged += 1 }
            return (
                RunProgress(tally: state.tally, position: state.furthest), waiting.map { self.sample($0, outcome) }
            )
        }
        for sample in settled { await observe(sample) }
        progress(now)
    }

    private func sample(_ position: Position, _ outcome: Outcome) -> TimelineSample {
        TimelineSample(
            index: position.index, position: position.position, time: position.time, judgement: outcome.judgement,
            verdict: outcome.verdict, reused: position.reused, failure: outcome.failure, stream: stream)
    }

    var isEmpty: Bool { state.withLock { $0.positions.isEmpty } }
    /// ms; 0 when nothing was sampled.
    var lastPosition: Int { state.withLock { $0.positions.map(\.position).max() ?? 0 } }
    var tally: Tally { state.withLock { $0.tally } }
    /// Pictures judged.
    var judged: Int { state.withLock { $0.judged } }
    /// Positions answered by a picture judged already.
    var reused: Int { state.withLock { $0.positions.count(where: \.reused) + $0.known } }
    var judgeTime: Duration { state.withLock { $0.judgeTime } }

    /// All that was sampled, in order of position. Samples nobody got to judge are undetermined. What text is laid over the
    /// video shows only here, where all pictures are known.
    var samples: [TimelineSample] {
        state.withLock { state in
            let positions = state.positions.sorted { $0.index < $1.index }
            let outcomes = positions.map { state.outcomes[$0.job] }
            let judgements = OverlayTracker.settled(
                zip(positions, outcomes).map { ($0.position, $1?.judgement, $1?.look) })
            return positions.indices.map { index in
                let position = positions[index], outcome = outcomes[index]
                return TimelineSample(
                    index: position.index, position: position.position, time: position.time,
                    judgement: judgements[index], reused: position.reused,
                    failure: outcome == nil ? "the run ended before it was judged" : outcome?.failure,
                    stream: stream)
            }
        }
    }

    /// The timeline of all that was sampled.
    /// - Parameter end: Where the last picture ends, ms; `nil`: one interval after the last position.
    func timeline(end: Int?, interval: Duration) -> Timeline {
        let samples = samples
        let last = samples.map(\.position).max() ?? 0
        let assumed = samples.isEmpty ? 0 : last + Int(interval.milliseconds)
        return Timeline(samples: samples, end: end ?? assumed, asked: asked, policy: policy)
    }
}

extension Fold.State {
    fileprivate mutating func count(_ decision: Decision, at position: Int) {
        tally.add(decision)
        furthest = max(furthest, position)
    }
}
