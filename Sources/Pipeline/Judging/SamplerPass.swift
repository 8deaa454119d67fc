import FrameSampling
import Moderation

/// A position of a file in the judging queue.
struct SampledPosition: Sendable {
    let index, position: Int
    let time: MediaTime
    let reused: Bool
}

/// Judges the samples of one sampler, in bounded number at once.
struct SamplerPass: Sendable {
    let judge: any ImageJudge
    /// `nil` for as many as the judge recommends.
    let concurrency: Int?
    let policy: Policy
    /// `nil` to keep none.
    var thumbnails: ThumbnailKeeper?
    /// `nil` for nobody.
    var pictures: (any PictureListener)?

    /// The end of a pass.
    struct Ending {
        /// The error that ended the sampling early.
        var failure: FrameSamplingError?
        /// Why the judge ended the pass.
        var stop: JudgeStop?
        var counts: JudgingCounts
    }

    /// Judges every sample. Errors after the first sample end the pass with what it has.
    /// - Parameters:
    ///   - collector: Receives each sample, in order of position.
    ///   - known: Judgements from earlier, for pictures that need not be judged again.
    ///   - asked: The categories to judge a sample for.
    ///   - hear: Called with each decided sample, in order. The pass waits for it.
    /// - Throws: `FrameSamplingError` if there was no sample at all.
    func run(
        _ sampler: FrameSampler, into collector: inout SampleCollector, known: [MediaTime: Judgement] = [:],
        asked: @escaping @Sendable (Sample) -> Set<ContentCategory>,
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

    private func queue(_ sampler: FrameSampler, asked: Set<ContentCategory>) -> JudgingQueue<SampledPosition> {
        JudgingQueue(
            judge, concurrency: max(1, concurrency ?? judge.concurrency) + 1,
            keep: { [thumbnails, pictures, policy] sample, picture, judgement in
                pictures?.note(picture, position: sample.position, judgement: judgement)
                guard let judgement else { return .init() }
                if let thumbnails {
                    let isHit = Verdict(judgement, asked: asked, policy: policy).decision == .ko
                    thumbnails.note(picture, index: sample.index, isHit: isHit)
                }
                // Only pictures with text are compared with others.
                return .init(miniature: judgement.findings.lines?.isEmpty == false ? picture.miniature : nil)
            },
            stopped: { sampler.cancel() })
    }

    /// Returns the error that ended the sampling early, if there was one.
    private func feed(
        _ sampler: FrameSampler, _ queue: JudgingQueue<SampledPosition>, _ known: [MediaTime: Judgement],
        _ asked: @Sendable (Sample) -> Set<ContentCategory>
    ) async throws -> FrameSamplingError? {
        defer { queue.finish() }
        // By index, because groups of pictures arrive out of order.
        var newest: [Int: MediaTime] = [:]
        do {
            while let sample = try await sampler.next() {
                let position = SampledPosition(
                    index: sample.index, position: sample.position, time: sample.time, reused: sample.reused)
                let wanted = asked(sample)
                // The picture can be repeated only if the position before was sampled with it.
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
