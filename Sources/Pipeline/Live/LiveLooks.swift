import Base
import FrameSampling
import Moderation
import Runtime
import Synchronization

/// Second looks at a stream: the packets around a hit are copied from those that are kept into memory of their own, and
/// sampled there as a file would be. Nothing is read from the network again.
///
/// Belongs to one run, which is an actor: no two of its calls overlap; they run where it does.
final class LiveLooks {
    struct Result: Sendable {
        let look: LiveLook
        let standing: Standing
        /// ms.
        let start: Int?
    }

    private let policy: Policy
    private let pass: SamplerPass
    private let bell: @Sendable () -> Void
    private let stop = StopSignal()
    private let thread = BlockingThreads(count: 1, name: "framesift look")
    /// Waiting for the sample after their hit.
    private var due: [LiveLook] = []
    private var inWork: [LiveLook: Task<Void, Never>] = [:]
    private let finished = Finished()
    /// Pictures judged.
    var judged: Int { finished.judged.withLock { $0 } }

    /// More stay unconfirmed.
    private static let most = 4

    private final class Finished: Sendable {
        let results = Mutex<[Result]>([])
        let judged = Mutex(0)
    }

    /// - Parameter bell: Called from any thread when a result may be taken.
    init(_ watch: Watch, bell: @escaping @Sendable () -> Void) {
        policy = watch.request.policy
        pass = SamplerPass(judge: watch.judge, concurrency: watch.concurrency, policy: watch.request.policy)
        self.bell = bell
    }

    deinit { thread.close() }

    func note(_ looks: [LiveLook]) { due += looks }

    /// Starts the looks that this sample makes possible. Returns those that are not.
    /// - Parameter locate: A stretch of the timeline (ms) as positions of the connection.
    func start(
        _ connection: LiveConnection, after sample: TimelineSample, locate: (Range<Int>) -> Range<Duration>?
    ) -> [Result] {
        let ready = due.filter { $0.hit.position < sample.position }
        due.removeAll { $0.hit.position < sample.position }
        return ready.compactMap { look in
            let begin = look.before?.position ?? look.hit.position
            guard inWork.count < Self.most, let confirm = policy.confirm,
                let stretch = locate(begin..<sample.position)
            else { return Result(look: look, standing: .unconfirmed, start: nil) }
            // Where the connection's positions begin on the timeline.
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

    /// Looks whose next sample will not come.
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

    /// Waits for what is in work; what was not begun is unconfirmed.
    /// - Parameter isHurried: Ends what is in work, with what it has seen by now.
    func finish(isHurried: Bool, isolation: isolated (any Actor)? = #isolation) async -> [Result] {
        if isHurried {
            stop.stop()
            for task in inWork.values { task.cancel() }
        }
        for task in inWork.values { await task.value }
        return takeFinished() + giveUpDue()
    }

    /// The pictures between the sample before the hit and the one after.
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
        // The file has to outlive the sampler, which reads it by name.
        defer { withExtendedLifetime(file) {} }
        var collector = SampleCollector(asked: [category], policy: pass.policy)
        _ = try await pass.run(sampler, into: &collector, asked: { _ in [category] })
        return collector.settled.map { DenseSample($0, offset: first) }
    }
}
