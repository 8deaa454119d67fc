import Base
import Foundation
import FrameSampling
import Moderation
import Pipeline
import Reports
import Synchronization

/// The videos that a dialect accepts.
struct VideoRules: Sendable {
    /// The longest one; `nil` for no limit.
    var maxDuration: Duration?
    /// The most bytes read from a URL.
    var maxBytes: Int
}

/// Judges whole videos while their clients wait.
struct VideoModeration: Sendable {
    let judge: any ImageJudge
    let options: ServerOptions
    let admission: Admission
    let metrics: Metrics
    /// The videos being judged.
    let running: RunningChecks

    /// The schemes of addresses that can be judged.
    static let schemes: Set = ["http", "https", "rtmp", "rtsp", "srt", "rtp"]

    /// Judges every video stream of a source.
    /// - Parameter pay: Called for each picture. If it throws, judging stops with its error.
    /// - Throws: `Refusal`, `CancellationError`, or what `pay` or the judge throws. A video that was only partly seen
    ///   is refused unless it is KO, since the services' answers cannot say so.
    func judge(
        _ source: MediaSource, rules: VideoRules, _ request: ModerationRequest,
        pay: @escaping @Sendable (_ pictures: Int) async throws -> Void
    ) async throws -> ModerationResult {
        let failure = Mutex<(any Error)?>(nil)
        let outcome = try await admission.run {
            var check = Check(
                input: try input(source), judge: judge, request: request, sampling: sampling(source, rules))
            check.streams = .all
            check.maxDuration = rules.maxDuration
            check.maxPositions = options.picturesPerVideo
            defer { withExtendedLifetime(source) {} }
            return try await run(check) { stop in
                guard failure.withLock({ $0 == nil }) else { return }
                do {
                    try await pay(1)
                } catch {
                    failure.withLock { $0 = error }
                    stop.stop()
                }
            }
        }
        if let failure = failure.withLock({ $0 }) { throw failure }
        if outcome.wasInterrupted {
            try Task.checkCancellation()
            throw Refusal.overloaded
        }
        let (result, timeline) = (outcome.result, outcome.timeline)
        if !timeline.isComplete, timeline.decision != .ko {
            throw Refusal.incompleteVideo(Self.incompleteReason(result))
        }
        metrics.countPictures(result.cost.requests)
        return result
    }

    /// Why a video was only partly seen. Leaves out the input's name, which for an upload is a path on the server.
    static func incompleteReason(_ result: ModerationResult) -> String {
        (result.note ?? "It ended early.").replacingOccurrences(of: result.media.uri + ": ", with: "")
            .replacingOccurrences(of: result.media.uri, with: "it")
    }

    /// - Parameter judged: Called after each picture.
    private func run(
        _ check: Check, judged: @escaping @Sendable (StopSignal) async -> Void
    ) async throws -> CheckOutcome {
        let stop = running.begin()
        defer { running.end(stop) }
        var check = check
        check.observe = { _ in await judged(stop) }
        let limit = Task {
            try await Task.sleep(for: options.videoDeadline)
            stop.stop()
        }
        defer { limit.cancel() }
        do {
            return try await withTaskCancellationHandler { [check] in
                try await check.run(stop: stop)
            } onCancel: {
                stop.stop()
            }
        } catch let error as FrameSamplingError {
            throw Refusal(video: error)
        } catch CheckRefusal.tooLong(let longest) {
            throw Refusal.tooLong(seconds: longest.wholeSeconds)
        } catch CheckRefusal.tooManyPositions(let limit) {
            throw Refusal.tooManyFrames(limit: limit)
        }
    }

    private func input(_ source: MediaSource) throws(Refusal) -> VideoInput {
        switch source {
        case .upload(let upload):
            guard let path = upload.path else { throw .failure }
            return .path(path)
        case .address(let url):
            guard WebAddress.isValid(url, schemes: Self.schemes) else { throw .badURL }
            return .address(url)
        }
    }

    private func sampling(_ source: MediaSource, _ rules: VideoRules) -> SamplingOptions {
        var sampling = SamplingOptions()
        sampling.userAgent = options.userAgent
        if case .address = source { sampling.maxBytes = rules.maxBytes }
        sampling.addresses = .guarded(allowingPrivate: options.allowsPrivateURLs)
        return sampling
    }
}

extension Refusal {
    /// The refusal of a video that cannot be read. Does not repeat the error's text: it names the input, which for an
    /// upload is a path on the server.
    init(video error: FrameSamplingError) {
        self =
            switch error.code {
            case .refusedAddress: .refusedAddress
            case .unreachable: .unreachable("nothing was received from it")
            case .untrustedCertificate: .unreachable("the certificate of its server is not trusted")
            case _ where error.code.isHTTPStatus: .unreachable("its server responded with an error")
            case .deadline: .unreachable("it did not respond in time")
            case .tooManyPixels, .largePacket: .tooManyPixels
            case .noVideo, .coverOnly: .notAVideo("it contains no video")
            case .noDecoder: .notAVideo("there is no decoder for its video")
            case .noPicture: .notAVideo("none of its pictures can be decoded")
            case .manyBytes: .notAVideo("it is larger than the limit")
            case .refusedFormat: .notAVideo("its format is not supported")
            case .busy, .sandboxUnavailable: .overloaded
            case .cancelled: .failure
            case _ where error.isDecoderDeath: .notAVideo("decoding it fails")
            default: .notAVideo("it cannot be read as a video")
            }
    }
}
