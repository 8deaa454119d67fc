import FrameSampling
import Moderation

/// Takes second looks at stretches of an input: samples densely, and only there.
struct SecondLooks {
    private let input: VideoInput
    private let sampling: SamplingOptions
    private let pass: SamplerPass
    /// The error that ended the looks early. Remaining hits stay unconfirmed.
    private(set) var failure: FrameSamplingError?
    /// Why the judge ended the looks.
    private(set) var judgeStop: JudgeStop?
    private(set) var work: SamplingWork

    /// - Parameters:
    ///   - sampling: That of the first look.
    ///   - pass: That of the first look. Second looks keep no thumbnails.
    init(input: VideoInput, sampling: SamplingOptions, pass: SamplerPass, work: SamplingWork) {
        self.work = work
        self.input = input
        self.sampling = sampling
        self.pass = SamplerPass(judge: pass.judge, concurrency: pass.concurrency, policy: pass.policy)
    }

    /// The timeline with the results of second looks; unchanged if its policy asks for none.
    mutating func take(_ timeline: Timeline, _ stop: StopSignal) async -> Timeline {
        guard let confirm = timeline.policy.confirm else { return timeline }
        var timeline = timeline
        var plan = SecondLookPlan(confirm)
        while failure == nil, judgeStop == nil, !stop.isStopped {
            let looks = plan.next(timeline)
            if looks.isEmpty { break }
            let seen = await look(looks, confirm, timeline, stop)
            timeline = timeline.seeing(seen)
        }
        return timeline
    }

    private mutating func look(
        _ looks: [SecondLook], _ confirm: Confirmation, _ timeline: Timeline, _ stop: StopSignal
    ) async -> [DenseSample] {
        var options = sampling
        options.mode = .exact
        options.pageDuration = sampling.pageDuration ?? sampling.interval
        options.interval = .milliseconds(confirm.interval)
        options.maxFrames = nil
        options.stretches = looks.map { look in
            .init(
                start: .milliseconds(look.start + confirm.interval),
                count: confirm.pictures(between: look.start, and: look.end))
        }
        var collector = SampleCollector(asked: timeline.asked, policy: timeline.policy)
        do {
            let sampler = try await FrameSampler.open(input, options: options)
            stop.whenStopped { [weak sampler] in sampler?.cancel() }
            let ending = try await pass.run(
                sampler, into: &collector, known: timeline.judgements,
                asked: { sample in looks.last { $0.start < sample.position }?.categories ?? [] })
            (failure, judgeStop) = (ending.failure, ending.stop)
            work.add(sampler.report, ending.counts, reused: collector.reused)
        } catch let error as FrameSamplingError {
            failure = error
        } catch {
            // The task was cancelled. What was seen so far counts.
        }
        return collector.settled.map { DenseSample($0) }
    }
}

extension Timeline {
    /// The judgements by the timestamps of their pictures.
    fileprivate var judgements: [MediaTime: Judgement] {
        var known: [MediaTime: Judgement] = [:]
        var repeated: Set<MediaTime> = []
        for sample in samples {
            guard let time = sample.time, let judgement = sample.judgement else { continue }
            // If timestamps restart, the same one may belong to different pictures.
            if known.updateValue(judgement, forKey: time) != nil, !sample.reused { repeated.insert(time) }
        }
        for time in repeated { known[time] = nil }
        for picture in dense {
            guard let time = picture.time, !repeated.contains(time), let judgement = picture.judgement else { continue }
            known[time, default: judgement].probabilities.merge(judgement.probabilities) { $1 }
        }
        return known
    }
}
