import FrameSampling
import Moderation
import Synchronization

/// Judges what a sampler gives, a bounded number of pictures at once.
struct JudgementLine: Sendable {
    let judge: any ImageJudge
    /// `nil`: as many as the judge can.
    let concurrency: Int?
    let thumbnails: ThumbnailKeeper?
    let policy: Policy

    /// Judges every sample. Returns what ended the sampling early, if anything did; throws it where nothing came at all.
    /// - Parameters:
    ///   - known: What a picture was judged to be before, so that it is not judged again.
    ///   - asked: What to look for in a sample.
    func judge(
        _ sampler: FrameSampler, into fold: Fold, _ halt: Halt, known: [MediaTime: Judgement] = [:],
        asked: @escaping @Sendable (Sample) -> Set<Category>
    ) async throws -> FrameSamplingError? {
        halt.ends(sampler)
        let most = max(1, concurrency ?? judge.concurrency) + 1
        return try await withThrowingTaskGroup(of: Void.self) { group in
            var running = 0
            do {
                while let sample = try await sampler.next() {
                    guard let job = await fold.add(sample), let picture = sample.picture else { continue }
                    let wanted = asked(sample)
                    if let judgement = known[sample.time], wanted.isSubset(of: judgement.probabilities.keys) {
                        await fold.reuse(job, judgement)
                        continue
                    }
                    if running == most {
                        try await group.next()
                        running -= 1
                    }
                    running += 1
                    group.addTask { await judgeOne(picture, at: sample.index, wanted, job, into: fold, halt) }
                }
            } catch let error as FrameSamplingError {
                try await group.waitForAll()
                if fold.isEmpty && error.code != .cancelled { throw error }
                return error
            }
            try await group.waitForAll()
            return nil
        }
    }

    private func judgeOne(
        _ picture: DecodedPicture, at index: Int, _ asked: Set<Category>, _ job: Int, into fold: Fold, _ halt: Halt
    ) async {
        let clock = ContinuousClock()
        let began = clock.now
        do {
            let judgement = try await judge.judge(picture, for: asked)
            if let thumbnails {
                let isHit = Verdict(judgement, asked: asked, policy: policy).decision == .ko
                thumbnails.note(picture, index: index, isHit: isHit)
            }
            let look = judgement.findings.lines?.isEmpty == false ? picture.look : nil
            await fold.finish(job, .success(judgement), look: look, took: clock.now - began)
        } catch {
            if let stop = error as? JudgeStop { halt.set(stop) }
            await fold.finish(job, .failure(JudgeFailure(reason: "\(error)")), took: clock.now - began)
        }
    }
}

extension Still {
    /// Reduced, to compare pictures by; `nil` where it cannot be converted.
    var look: [UInt8]? {
        try? pixels(.gray, width: OverlayTracker.lookWidth, height: OverlayTracker.lookHeight)
    }
}

/// Ends the sampling once the judge will judge nothing any more.
final class Halt: Sendable {
    private struct State {
        var sampler: FrameSampler?
        var stop: JudgeStop?
    }
    private let state = Mutex(State())

    var reason: JudgeStop? { state.withLock { $0.stop } }

    /// It is this sampler that ends.
    func ends(_ sampler: FrameSampler) {
        let isOver = state.withLock { state in
            state.sampler = sampler
            return state.stop != nil
        }
        if isOver { sampler.cancel() }
    }

    func set(_ reason: JudgeStop) {
        let sampler = state.withLock { state in
            state.stop = state.stop ?? reason
            return state.sampler
        }
        sampler?.cancel()
    }
}

/// A judge's failure on one picture.
struct JudgeFailure: Error {
    let reason: String
}
