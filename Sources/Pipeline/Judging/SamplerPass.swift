import FrameSampling
import Moderation

/// A position of a file, on its way through the judging queue.
struct SampledPosition: Sendable {
    let index, position: Int
    let time: MediaTime
    let reused: Bool
}

/// Judges what a sampler gives, a bounded number of pictures at once.
struct SamplerPass: Sendable {
    let judge: any ImageJudge
    /// `nil`: as many as the judge can.
    let concurrency: Int?
    let policy: Policy
    /// `nil`: none are made.
    var thumbnails: ThumbnailKeeper?

    /// How a pass ended.
    struct Ending {
        /// What ended the sampling early.
        var failure: FrameSamplingError?
        /// The judge ended it.
        var stop: JudgeStop?
        var counts: JudgingCounts
    }

    /// Judges every sample. What goes wrong later ends the pass with what it has.
    /// - Parameters:
    ///   - collector: Is given each sample, in order of position.
    ///   - known: What a picture was judged to be before, so that it is not judged again.
    ///   - asked: What to look for in a sample.
    ///   - hear: Hears of each sample once it is decided, in order; it is waited for.
    /// - Throws: `FrameSamplingError` where nothing came at all.
    func run(
        _ sampler: FrameSampler, into collector: inout SampleCollector, known: [MediaTime: Judgement] = [:],
        asked: @escaping @Sendable (Sample) -> Set<Category>,
        hear: (TimelineSample, RunProgress) async -> Void = { _, _ in }
    ) async throws -> Ending {
        let queue = queue(sampler, asked: collector.asked)
        return try await withTaskCancellationHandler {
            async let feeding = feed(sampler, queue, known, asked)
            while let (sample, outcome) = await queue.next() {
                let added = collector.add(sample, outcome)
                await hear(added, collector.progress)
            }
            let failure = try await feeding
            if let failure, collector.isEmpty, failure.code != .cancelled { throw failure }
            return Ending(failure: failure, stop: queue.judgeStop, counts: queue.counts)
        } onCancel: {
            queue.cancel()
        }
    }

    private func queue(_ sampler: FrameSampler, asked: Set<Category>) -> JudgingQueue<SampledPosition> {
        JudgingQueue(
            judge, concurrency: max(1, concurrency ?? judge.concurrency) + 1,
            keep: { [thumbnails, policy] sample, picture, judgement in
                guard let judgement else { return .init() }
                if let thumbnails {
                    let isHit = Verdict(judgement, asked: asked, policy: policy).decision == .ko
                    thumbnails.note(picture, index: sample.index, isHit: isHit)
                }
                // Only text is compared over pictures.
                return .init(look: judgement.findings.lines?.isEmpty == false ? picture.look : nil)
            },
            stopped: { sampler.cancel() })
    }

    /// Returns what ended the sampling early, if anything did.
    private func feed(
        _ sampler: FrameSampler, _ queue: JudgingQueue<SampledPosition>, _ known: [MediaTime: Judgement],
        _ asked: @Sendable (Sample) -> Set<Category>
    ) async throws -> FrameSamplingError? {
        defer { queue.finish() }
        // By index: groups of pictures come mixed.
        var newest: [Int: MediaTime] = [:]
        do {
            while let sample = try await sampler.next() {
                let position = SampledPosition(
                    index: sample.index, position: sample.position, time: sample.time, reused: sample.reused)
                let wanted = asked(sample)
                // That it is the same picture as before holds only where that one was sampled, too.
                let isRepeated = sample.reused && !sample.damaged && newest[sample.index - 1] == sample.time
                newest[sample.index - 1] = nil
                newest[sample.index] = sample.time
                if isRepeated {
                    queue.add(.repeated, position, order: sample.index)
                } else if sample.damaged || sample.picture == nil {
                    queue.add(.undecodable, position, order: sample.index)
                } else if let judgement = known[sample.time], wanted.isSubset(of: judgement.probabilities.keys) {
                    queue.add(.known(judgement), position, order: sample.index)
                } else if let picture = sample.picture {
                    await queue.room()
                    queue.judge(picture, for: wanted, position, order: sample.index)
                }
            }
            return nil
        } catch let error as FrameSamplingError {
            return error
        }
    }
}
