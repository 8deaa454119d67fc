import FrameSampling
import Moderation
import Synchronization

/// Samples between being taken and being folded: judged side by side, handed out in order of position. Bounded.
///
/// Belongs to one run, which is an actor: no two of its calls overlap; they run where it does.
final class SampleQueue {
    struct Record {
        let number: Int
        let position: Int
        let time: MediaTime
        let continuity: Int
        let receivedAt: Duration
        let reused: Bool
        /// What has to be told before it, once everything before it was.
        var preface: Preface?
        fileprivate var outcome: Outcome?
    }

    struct Preface {
        let actions: [StreamSupervisor.Action]
        /// The timeline was interrupted here, ms.
        let interruption: Int?
    }

    enum Outcome: Sendable {
        /// - look: The picture reduced, to compare pictures by.
        case judged(Judgement, look: [UInt8]?, picture: DecodedPicture)
        case failed(String, look: [UInt8]?)
        case dropped
        case repeated
    }

    private let judge: any ImageJudge
    private let asked: Set<Category>
    private let atOnce: Int
    private let maxLag: Duration
    private let bell: @Sendable () -> Void
    private var records: [Record] = []
    private var nextNumber = 0
    private var inWork: [Int: Task<Void, Never>] = [:]
    private let finished = Finished()

    private static let mostRecords = 64

    /// What judging tasks have to say.
    private final class Finished: Sendable {
        let outcomes = Mutex<[(Int, Outcome)]>([])
        let stop = Mutex<JudgeStop?>(nil)
    }

    /// - Parameters:
    ///   - atOnce: Pictures judged at once.
    ///   - maxLag: A sample that waited longer, since it was due, is given up.
    ///   - bell: Called from any thread when something may be handed out.
    init(
        _ judge: any ImageJudge, asked: Set<Category>, atOnce: Int, maxLag: Duration,
        bell: @escaping @Sendable () -> Void
    ) {
        self.judge = judge
        self.asked = asked
        self.atOnce = atOnce
        self.maxLag = maxLag
        self.bell = bell
    }

    var isEmpty: Bool { records.isEmpty }
    var takesMore: Bool { inWork.count < atOnce && records.count < Self.mostRecords }
    /// The judge's last word, once it has had one.
    var judgeStop: JudgeStop? { finished.stop.withLock { $0 } }

    /// The next sample, in order of position.
    func add(_ sample: LiveSample, position: Int, continuity: Int, receivedAt: Duration, preface: Preface?) {
        let outcome: Outcome? =
            if sample.dropped {
                .dropped
            } else if sample.reused {
                .repeated
            } else if sample.waited > maxLag {
                .dropped
            } else if sample.damaged || sample.picture == nil {
                .failed("the picture could not be decoded", look: nil)
            } else {
                nil
            }
        nextNumber += 1
        records.append(
            Record(
                number: nextNumber, position: position, time: sample.time, continuity: continuity,
                receivedAt: receivedAt, reused: sample.reused, preface: preface, outcome: outcome))
        if outcome == nil, let picture = sample.picture { start(picture, nextNumber) }
    }

    private func start(_ picture: DecodedPicture, _ number: Int) {
        inWork[number] = Task { [judge, asked, finished, bell] in
            let look = picture.look
            let outcome: Outcome
            do {
                outcome = .judged(try await judge.judge(picture, for: asked), look: look, picture: picture)
            } catch {
                if let stop = error as? JudgeStop { finished.stop.withLock { $0 = $0 ?? stop } }
                outcome = .failed("\(error)", look: look)
            }
            finished.outcomes.withLock { $0.append((number, outcome)) }
            bell()
        }
    }

    /// The first sample, if it was judged.
    func next() -> (Record, Outcome)? {
        collect()
        guard let outcome = records.first?.outcome else { return nil }
        return (records.removeFirst(), outcome)
    }

    private func collect() {
        let done = finished.outcomes.withLock { outcomes in
            defer { outcomes = [] }
            return outcomes
        }
        for (number, outcome) in done {
            inWork[number] = nil
            if let index = records.firstIndex(where: { $0.number == number }) { records[index].outcome = outcome }
        }
    }

    /// Everything that is not judged by now stays so.
    func giveUp(isolation: isolated (any Actor)? = #isolation) async {
        for task in inWork.values { task.cancel() }
        // A judge on this machine works in memory that must not go before it is done.
        for task in inWork.values { await task.value }
        collect()
        inWork = [:]
        for index in records.indices where records[index].outcome == nil {
            records[index].outcome = .failed("the watch ended before it was judged", look: nil)
        }
    }
}
