import Base
import Moderation
import Wire

/// Collects the frames of one video for Sightengine's callbacks. A callback is due when a picture crosses a threshold,
/// and when the job ends or fails. Its body repeats earlier frames, but only the newest up to a limit, with the total.
public struct CallbackTracker: Sendable {
    /// The video.
    public let media: SightengineMedia
    /// The id of the request that submitted it.
    public let id: String
    /// Frames so far, including those that are no longer kept.
    public private(set) var totalFrames = 0
    private let tasks: [ModerationTask]
    private let asked: Set<ContentCategory>
    private let tellsDecision: Bool
    /// What the policy makes of the frames so far.
    public var decision: RunningDecision
    /// Segments that a live stream's events reported; `nil` until there is one.
    private var reported: [LiveSegment]?
    private let thresholds: [ContentCategory: Double]
    private let started: Double
    private let maxFrames: Int
    private let operationsPerFrame: Int
    private var frames: [SightengineFrame] = []
    private var over: Set<ContentCategory> = []

    /// - Parameters:
    ///   - media: The video.
    ///   - id: The id of the request that submitted it.
    ///   - request: What was asked for; bodies name its categories as Sightengine does.
    ///   - thresholds: The probabilities (0…1) from which on categories make a callback due.
    ///   - started: Unix seconds.
    ///   - maxFrames: The most frames in a body. Default 1000.
    ///   - tellsDecision: Whether bodies say what the policy decides, which the service's own do not.
    public init(
        media: SightengineMedia, id: String, _ request: ModerationRequest, thresholds: [ContentCategory: Double],
        started: Double, maxFrames: Int = 1000, tellsDecision: Bool
    ) {
        self.media = media
        self.id = id
        self.tellsDecision = tellsDecision
        decision = RunningDecision(request)
        asked = request.asked
        tasks = request.tasks.inSightengineWords
        self.thresholds = thresholds
        self.started = started
        self.maxFrames = maxFrames
        operationsPerFrame = SightengineModel.operations(self.tasks)
    }

    /// Adds a sample.
    /// - Returns: Whether a category rises to its threshold, so that a callback is due; and what the policy makes of it.
    public mutating func add(_ sample: TimelineSample) -> (isDue: Bool, step: RunningDecision.Step) {
        append(position: sample.position, sample.judgement)
        let step = decision.add(sample)
        let now = Set(thresholds.filter { (sample.judgement?.probabilities[$0.key] ?? 0) >= $0.value }.keys)
        defer { over = now }
        return (!now.isSubset(of: over), step)
    }

    private mutating func append(position: Int, _ judgement: Judgement?) {
        totalFrames += 1
        var results = SightengineResults(judgement ?? Judgement(probabilities: [:]), tasks: tasks)
        if asked.contains(.gore) { results.gore = judgement?.probabilities[.gore] }
        if asked.contains(.money) { results.money = judgement?.probabilities[.money] }
        let id = "\(media.id)_\(totalFrames)"
        frames.append(SightengineFrame(info: .init(id: id, position: position), results: results))
        // Removing a tenth at a time avoids moving the array for every frame of a long stream.
        if frames.count > maxFrames + maxFrames / 10 { frames.removeFirst(frames.count - maxFrames) }
    }

    /// The body of a callback, or of the response to a status request.
    /// - Parameters:
    ///   - status: `ongoing`, `finished`, `stopped` or `failure`.
    ///   - decision: `nil` if undecided so far.
    ///   - now: Unix seconds.
    /// - Returns: The newest frames, up to the limit.
    public func progress(_ status: String, _ decision: Decision?, now: Double) -> SightengineProgress {
        var data = SightengineProgress.Data(status: status, frames: Array(frames.suffix(maxFrames)))
        data.started = started.rounded(decimals: 4)
        data.lastUpdate = now.rounded(decimals: 4)
        data.operations = totalFrames * operationsPerFrame
        if totalFrames > data.frames.count { data.totalFrames = totalFrames }
        if tellsDecision {
            data.outcome = PolicyOutcome(decision, reported?.map { Segment($0) } ?? self.decision.segments)
        }
        return SightengineProgress(media: media, request: id, data: data)
    }

    /// Notes a segment that an event of a live stream reports. From then on, bodies have these segments: they know of
    /// second looks and of gaps.
    public mutating func note(_ segment: LiveSegment) {
        var segments = (reported ?? []).filter { $0.id != segment.id }
        if segment.standing?.counts != false { segments.append(segment) }
        reported = segments.suffix(RunningDecision.maxSegments)
    }

    /// Counts earlier frames that are no longer kept.
    public mutating func skip(_ count: Int) { totalFrames += count }
}
