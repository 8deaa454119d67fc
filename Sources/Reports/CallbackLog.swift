import Base
import Moderation
import Wire

/// What Sightengine's callbacks about one video say, and when one is due: when a picture crosses a threshold, when the
/// reading is over, and when it fails. Frames are cumulative, up to a bound: then the newest are kept, and their total.
public struct CallbackLog: Sendable {
    public let media: SightengineMedia
    /// Id of the request that submitted it.
    public let id: String
    private let tasks: [ModerationTask]
    private let asked: Set<Category>
    private let tellsDecision: Bool
    /// What the request's policy makes of it so far.
    public var decision: RunningDecision
    private let thresholds: [Category: Double]
    private let started: Double
    private let mostFrames: Int
    private let operationsPerFrame: Int
    private var frames: [SightengineFrame] = []
    private var total = 0
    private var over: Set<Category> = []

    /// - Parameters:
    ///   - media: What it is about.
    ///   - id: Of the request that submitted it.
    ///   - request: The body says its categories in Sightengine's words.
    ///   - thresholds: Categories that make a callback, and from which probability on.
    ///   - started: Unix seconds.
    ///   - mostFrames: Kept in a body.
    ///   - tellsDecision: The body says what the policy decides, which the service's own does not.
    public init(
        media: SightengineMedia, id: String, _ request: ModerationRequest, thresholds: [Category: Double],
        started: Double, mostFrames: Int = 1000, tellsDecision: Bool
    ) {
        self.media = media
        self.id = id
        self.tellsDecision = tellsDecision
        decision = RunningDecision(request)
        asked = request.asked
        tasks = request.tasks.inSightengineWords
        self.thresholds = thresholds
        self.started = started
        self.mostFrames = mostFrames
        operationsPerFrame = SightengineModel.operations(self.tasks)
    }

    /// Notes a position. Whether it crosses a threshold upwards, so that a callback is due.
    public mutating func add(_ sample: TimelineSample) -> Bool {
        append(position: sample.position, sample.judgement)
        decision.add(sample)
        let now = Set(thresholds.filter { (sample.judgement?.probabilities[$0.key] ?? 0) >= $0.value }.keys)
        defer { over = now }
        return !now.isSubset(of: over)
    }

    private mutating func append(position: Int, _ judgement: Judgement?) {
        total += 1
        var results = SightengineResults(judgement ?? Judgement(probabilities: [:]), tasks: tasks)
        if asked.contains(.gore) { results.gore = judgement?.probabilities[.gore] }
        if asked.contains(.money) { results.money = judgement?.probabilities[.money] }
        frames.append(SightengineFrame(info: .init(id: "\(media.id)_\(total)", position: position), results: results))
        // A tenth at a time, so that long streams do not move the array for every frame.
        if frames.count > mostFrames + mostFrames / 10 { frames.removeFirst(frames.count - mostFrames) }
    }

    /// The body of a callback, and of an answer when asked by id.
    /// - Parameters:
    ///   - status: `ongoing`, `finished`, `stopped` or `failure`.
    ///   - decision: `nil`: not yet.
    ///   - now: Unix seconds.
    public func progress(_ status: String, _ decision: Decision?, now: Double) -> SightengineProgress {
        var data = SightengineProgress.Data(status: status, frames: Array(frames.suffix(mostFrames)))
        data.started = started.rounded(decimals: 4)
        data.lastUpdate = now.rounded(decimals: 4)
        data.operations = total * operationsPerFrame
        if total > data.frames.count { data.totalFrames = total }
        if tellsDecision { data.outcome = PolicyOutcome(decision, self.decision.segments) }
        return SightengineProgress(media: media, request: id, data: data)
    }

    /// So many frames came before, and are not kept any more.
    public mutating func skip(_ count: Int) { total += count }

    /// Frames so far, those that are not kept any more included.
    public var totalFrames: Int { total }
}
