import Base
import FrameSampling
import Moderation

/// Samples and judges the video streams of one input, one after the other.
struct StreamPasses {
    private let check: Check
    private let stop: StopSignal
    private let progress: @Sendable (RunProgress) -> Void
    private let pass: SamplerPass
    private var next: FrameSampler?
    private var timelines: [Timeline] = []
    /// The error that ended the sampling early.
    private(set) var failure: FrameSamplingError?
    private var judgeStop: JudgeStop?
    private var known: [VideoStream]
    private var seen: Set<Int> = []
    /// Streams that could not be judged, and why.
    private var unseen: [Int: String] = [:]
    /// The header of the stream that was opened first.
    let header: MediaHeader
    private(set) var work = SamplingWork()
    private(set) var isTruncated = false, reachedLimit = false
    /// The length of the longest stream, from the first picture's start to the last one's end; `nil` if an end was not
    /// reached.
    private(set) var duration: Duration? = .zero

    /// Opens the first stream.
    /// - Throws: `FrameSamplingError` or `CheckRefusal`.
    init(_ check: Check, stop: StopSignal, progress: @escaping @Sendable (RunProgress) -> Void) async throws {
        self.check = check
        self.stop = stop
        self.progress = progress
        pass = SamplerPass(
            judge: check.judge, concurrency: check.concurrency, policy: check.request.policy,
            thumbnails: check.thumbnails, pictures: check.pictures)
        var first: Int?
        if case .number(let number) = check.streams { first = number }
        let sampler = try await Self.open(check, stream: first, positions: check.maxPositions)
        (header, known, next) = (sampler.header, sampler.streams, sampler)
        guard let resumption = check.resumption else { return }
        let shown = known.first(where: \.isSampled)?.index
        if let stream = resumption.stream, stream != shown {
            // The earlier run judged the stream that players show first, so that one is done.
            seen = resumption.others.union(known.filter(\.isSampled).map(\.index)).subtracting([stream])
            next = nil
        } else {
            next = try await Self.open(
                check, stream: first, after: resumption.positions, positions: check.maxPositions)
        }
    }

    /// Opens a stream. Sampling stops one position past the limits, so that exceeding them is noticed.
    private static func open(
        _ check: Check, stream: Int?, after done: Int = 0, positions: Int?
    ) async throws -> FrameSampler {
        var options = check.sampling
        options.stream = stream
        let begun = options.interval * done
        options.start += begun
        if let duration = options.duration { options.duration = max(.nanoseconds(1), duration - begun) }
        if let longest = check.maxDuration { options.maxDuration = longest + options.interval + .milliseconds(1) }
        if let positions { options.maxFrames = min(options.maxFrames ?? .max, positions + 1) }
        let sampler = try await FrameSampler.open(check.input, options: options)
        if let declared = sampler.header.declaredDuration { try requireWithinBounds(declared, check, positions) }
        return sampler
    }

    private static func requireWithinBounds(_ declared: Duration, _ check: Check, _ positions: Int?) throws {
        // Headers are rounded; small excesses are detected at the end.
        if let longest = check.maxDuration, declared > longest + .seconds(1) { throw CheckRefusal.tooLong(longest) }
        let count = declared.inSeconds / check.sampling.interval.inSeconds
        if let positions, let most = check.maxPositions, count > Double(positions) + 1 {
            throw CheckRefusal.tooManyPositions(most)
        }
    }

    // MARK: Running

    /// Judges all requested streams.
    /// - Throws: `FrameSamplingError` if the first stream has no picture, or `CheckRefusal`.
    mutating func run() async throws {
        do {
            if let sampler = next { try await judge(sampler) }
        } catch let error as FrameSamplingError where error.code == .noPicture && check.resumption != nil {
            // Resumed at the end: there is nothing left to judge in this stream.
        }
        guard check.streams == .all else { return }
        while !isOver, seen.count < Check.maxStreams, let stream = wanted.first {
            seen.insert(stream.index)
            do {
                let done = check.resumption?.stream == stream.index ? check.resumption?.positions ?? 0 : 0
                let left = check.maxPositions.map { $0 - timelines.reduce(0) { $0 + $1.samples.count } }
                try await judge(try await Self.open(check, stream: stream.index, after: done, positions: left))
            } catch let error as FrameSamplingError where error.code != .cancelled {
                // It is the input that cannot be read, and not this stream.
                if error.mayPass { failure = error } else { unseen[stream.index] = error.description }
            }
        }
        for stream in wanted where !isOver { unseen[stream.index] = "there are more than \(Check.maxStreams)" }
    }

    private var isOver: Bool { failure != nil || judgeStop != nil || stop.isStopped }

    private var wanted: [VideoStream] { known.filter { !seen.contains($0.index) } }

    private mutating func judge(_ sampler: FrameSampler) async throws {
        stop.whenStopped { [weak sampler] in sampler?.cancel() }
        let stream = sampler.streams.first(where: \.isSampled)?.index
        if let stream { seen.insert(stream) }
        var collector = SampleCollector(asked: check.request.asked, policy: check.request.policy, stream: stream)
        let ending = try await pass.run(
            sampler, into: &collector, asked: { [asked = check.request.asked] _ in asked },
            hear: { [check, progress] sample, now in
                await check.observe(sample)
                progress(now)
            })
        (failure, judgeStop) = (ending.failure, ending.stop)
        known = sampler.streams
        try requireWithinBounds(collector)
        var sampling = check.sampling
        sampling.stream = stream
        let report = sampler.report
        work.add(report, ending.counts, reused: collector.reused)
        var looks = SecondLooks(input: check.input, sampling: sampling, pass: pass, work: work)
        var timeline = collector.timeline(
            end: report.duration.map { $0.wholeMilliseconds }, interval: check.sampling.interval)
        if failure == nil, judgeStop == nil { timeline = await looks.take(timeline, stop) }
        failure = failure ?? looks.failure
        judgeStop = judgeStop ?? looks.judgeStop
        isTruncated = isTruncated || report.isTruncated
        reachedLimit = reachedLimit || report.reachedLimit
        duration = duration.flatMap { longest in report.duration.map { max(longest, $0) } }
        work = looks.work
        timelines.append(timeline)
    }

    private func requireWithinBounds(_ collector: SampleCollector) throws {
        if let longest = check.maxDuration, collector.lastPosition > longest.wholeMilliseconds {
            throw CheckRefusal.tooLong(longest)
        }
        let before = timelines.reduce(0) { $0 + $1.samples.count }
        if let most = check.maxPositions, before + collector.tally.total > most {
            throw CheckRefusal.tooManyPositions(most)
        }
    }

    // MARK: Results

    /// The timelines of all judged streams, joined.
    var timeline: Timeline {
        Timeline(joining: timelines, asked: check.request.asked, policy: check.request.policy)
    }

    var outcome: RunOutcome {
        RunOutcome(
            reachedLimit: reachedLimit, isTruncated: isTruncated, failure: failure, stop: judgeStop,
            unseen: unseenSentence,
            unjudged: timelines.reduce(0) { $0 + $1.tally.undetermined })
    }

    private var unseenSentence: String? {
        guard let (index, reason) = unseen.min(by: { $0.key < $1.key }) else { return nil }
        let others = unseen.count > 1 ? " and \(unseen.count - 1) more" : ""
        return "Video stream \(index)\(others) could not be looked at: \(reason)."
    }

    /// All video streams of the input, judged or not.
    var streams: [ModerationResult.Stream] {
        let looked = Set(timelines.flatMap { Set($0.samples.compactMap(\.stream)) })
        return known.map { stream in
            var listed = ModerationResult.Stream(stream)
            listed.lookedAt = looked.contains(stream.index)
            return listed
        }
    }
}

extension ModerationResult.Stream {
    init(_ stream: VideoStream) {
        self.init(
            index: stream.index, codec: stream.codec, width: stream.width, height: stream.height,
            disposition: stream.dispositions, lookedAt: stream.isSampled)
    }
}
