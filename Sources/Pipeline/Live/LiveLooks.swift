import Base
import FrameSampling
import Moderation
import Runtime
import Synchronization

/// Takes second looks at a live stream. The packets around a hit are copied from those the connection holds to a file
/// in memory, which is sampled like any file. Nothing is read from the network again.
///
/// Belongs to one run, which is an actor and isolates it, so calls never overlap.
final class LiveLooks {
    struct Result: Sendable {
        let look: LiveLook
        let standing: Standing
        /// The new start of the hit in ms, if it moved.
        let start: Int?
    }

    private let policy: Policy
    private let pass: SamplerPass
    private let bell: @Sendable () -> Void
    private let stop = StopSignal()
    private let thread = BlockingThreads(count: 1, name: "framesift look")
    /// Looks that wait for the sample after their hit.
    private var due: [LiveLook] = []
    private var inWork: [LiveLook: Task<Void, Never>] = [:]
    private let finished = Finished()
    /// The number of pictures judged.
    var judged: Int { finished.judged.withLock { $0 } }

    /// The most looks at once. Further hits stay unconfirmed.
    private static let maxCount = 4

    private final class Finished: Sendable {
        let results = Mutex<[Result]>([])
        let judged = Mutex(0)
    }

    /// - Parameter bell: Called from any thread when there may be a result.
    init(_ watch: Watch, bell: @escaping @Sendable () -> Void) {
        policy = watch.request.policy
        pass = SamplerPass(judge: watch.judge, concurrency: watch.concurrency, policy: watch.request.policy)
        self.bell = bell
    }

    deinit { thread.close() }

    func note(_ looks: [LiveLook]) { due += looks }

    /// Starts the looks that this sample makes possible.
    /// - Parameter locate: Converts a stretch of the timeline (ms) to positions of the connection.
    /// - Returns: The looks that could not be started, as unconfirmed.
    func start(
        _ connection: LiveConnection, after sample: TimelineSample, locate: (Range<Int>) -> Range<Duration>?
    ) -> [Result] {
        let ready = due.filter { $0.hit.position < sample.position }
        due.removeAll { $0.hit.position < sample.position }
        return ready.compactMap { look in
            let begin = look.before?.position ?? look.hit.position
            guard inWork.count < Self.maxCount, let confirm = policy.confirm,
                let stretch = locate(begin..<sample.position)
            else { return Result(look: look, standing: .unconfirmed, start: nil) }
            // The connection's position 0 on the timeline, in ms.
            let offset = begin - stretch.lowerBound.wholeMilliseconds
            inWork[look] = Task { [policy, pass, thread, stop, finished, bell] in
                let dense = try? await Self.pictures(
                    look, until: sample, stretch, offset, of: connection, confirm, pass, thread, stop)
                let (standing, start) = look.standing(dense ?? [], after: sample, policy: policy)
                finished.judged.withLock { $0 += dense?.count ?? 0 }
                finished.results.withLock { $0.append(Result(look: look, standing: standing, start: start)) }
                bell()
            }
            return nil
        }
    }

    /// Gives up looks whose next sample will not come.
    func giveUpDue() -> [Result] {
        defer { due = [] }
        return due.map { Result(look: $0, standing: .unconfirmed, start: nil) }
    }

    func takeFinished() -> [Result] {
        let results = finished.results.withLock { results in
            defer { results = [] }
            return results
        }
        for result in results { inWork[result.look] = nil }
        return results
    }

    /// Waits for running looks. Looks that were not started are unconfirmed.
    /// - Parameter isHurried: Whether to end running looks with what they have seen.
    func finish(isHurried: Bool, isolation: isolated (any Actor)? = #isolation) async -> [Result] {
        if isHurried {
            stop.stop()
            for task in inWork.values { task.cancel() }
        }
        for task in inWork.values { await task.value }
        return takeFinished() + giveUpDue()
    }

    /// Judges the pictures between the samples before and after the hit.
    private static func pictures(
        _ look: LiveLook, until after: TimelineSample, _ stretch: Range<Duration>, _ offset: Int,
        of connection: LiveConnection, _ confirm: Confirmation, _ pass: SamplerPass, _ thread: BlockingThreads,
        _ stop: StopSignal
    ) async throws -> [DenseSample] {
        let file = try MemoryFile()
        let first = try await thread.run {
            try connection.clip(stretch, to: file.path).first.wholeMilliseconds + offset
        }
        var options = SamplingOptions()
        options.interval = .milliseconds(confirm.interval)
        let gaps = [
            (look.before?.position ?? look.hit.position, look.hit.position), (look.hit.position, after.position),
        ]
        options.stretches = gaps.compactMap { start, end in
            let count = confirm.pictures(between: start, and: end)
            let begin = start + confirm.interval - first
            return count > 0 && begin >= 0 ? .init(start: .milliseconds(begin), count: count) : nil
        }
        guard options.stretches?.isEmpty == false else { return [] }
        let sampler = try await FrameSampler.open(.path(file.path), options: options)
        stop.whenStopped { sampler.cancel() }
        let category = look.category
        // The sampler opens the file by name, so the file has to outlive it.
        defer { withExtendedLifetime(file) {} }
        var collector = SampleCollector(asked: [category], policy: pass.policy)
        _ = try await pass.run(sampler, into: &collector, asked: { _ in [category] })
        return collector.settled.map { DenseSample($0, offset: first) }
    }
}
