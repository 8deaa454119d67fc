import Base
import Foundation
import FrameSampling
import Moderation
import Pipeline
import Reports
import Synchronization

/// What a dialect's API takes as a video.
struct VideoRules: Sendable {
    var longest: Duration?
    /// Bytes read from a URL at most.
    var maxBytes: Int
}

/// Judges whole videos while the client waits.
struct VideoModeration: Sendable {
    let judge: any ImageJudge
    let admission: Admission
    let metrics: Metrics
    let allowPrivate: Bool
    let userAgent: String
    /// Pictures of a video at most.
    let mostPictures: Int
    /// For one video.
    let deadline: Duration
    let running: RunningChecks

    static let schemes: Set = ["http", "https", "rtmp", "rtsp", "srt", "rtp"]

    /// Looks at every video stream. Throws `Refusal`; for a video of which not all was seen and nothing was found, too: the
    /// services' answers have no word for that.
    /// - Parameter pay: Called for each picture; when it throws, the judging ends with that.
    func judge(
        _ source: MediaSource, rules: VideoRules, _ request: ModerationRequest,
        pay: @escaping @Sendable (_ pictures: Int) async throws -> Void
    ) async throws -> ModerationResult {
        let till = Till(pay)
        let outcome = try await admission.run {
            var check = Check(
                input: try input(source), judge: judge, request: request, sampling: options(source, rules))
            check.streams = .all
            check.longest = rules.longest
            check.mostPositions = mostPictures
            defer { withExtendedLifetime(source) {} }
            return try await run(check, till)
        }
        if let refusal = till.refusal { throw refusal }
        if outcome.wasInterrupted {
            try Task.checkCancellation()
            throw Refusal.overloaded
        }
        let (result, timeline) = (outcome.result, outcome.timeline)
        if !timeline.isComplete, timeline.decision != .ko { throw Refusal.incompleteVideo(Self.told(result)) }
        metrics.countPictures(result.cost.requests)
        return result
    }

    /// Why not all was seen. Errors' own words name the input, which for an upload is a path of ours.
    static func told(_ result: ModerationResult) -> String {
        (result.note ?? "It broke off.").replacingOccurrences(of: result.media.uri + ": ", with: "")
            .replacingOccurrences(of: result.media.uri, with: "it")
    }

    /// Pays for each picture, and remembers that it could not.
    private final class Till: Sendable {
        private let pay: @Sendable (Int) async throws -> Void
        private let failure = Mutex<(any Error)?>(nil)

        init(_ pay: @escaping @Sendable (Int) async throws -> Void) { self.pay = pay }

        var refusal: (any Error)? { failure.withLock { $0 } }

        func charge(_ stop: StopSignal) async {
            guard refusal == nil else { return }
            do {
                try await pay(1)
            } catch {
                failure.withLock { $0 = error }
                stop.stop()
            }
        }
    }

    private func run(_ check: Check, _ till: Till) async throws -> CheckOutcome {
        let (id, stop) = running.begin()
        defer { running.end(id) }
        var check = check
        check.observe = { _ in await till.charge(stop) }
        let limit = Task {
            try await Task.sleep(for: deadline)
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
            throw Self.refusal(error)
        } catch CheckRefusal.tooLong(let longest) {
            throw Refusal.tooLong(seconds: longest.wholeSeconds)
        } catch CheckRefusal.tooManyPositions(let limit) {
            throw Refusal.tooManyFrames(limit: limit)
        }
    }

    private func input(_ source: MediaSource) throws -> VideoInput {
        switch source {
        case .upload(let upload):
            guard let path = upload.path else { throw Refusal.failure }
            return .path(path)
        case .address(let url):
            guard WebAddress.isValid(url, schemes: Self.schemes) else { throw Refusal.badURL }
            return .address(url)
        }
    }

    private func options(_ source: MediaSource, _ rules: VideoRules) -> SamplingOptions {
        var options = SamplingOptions()
        options.userAgent = userAgent
        // What was uploaded has come already.
        if case .address = source { options.maxBytes = rules.maxBytes }
        options.addresses = .guarded(allowingPrivate: allowPrivate)
        return options
    }

    /// The error's own words name the input, which for an upload is a path of ours.
    static func refusal(_ error: FrameSamplingError) -> Refusal {
        switch error.code {
        case .refusedAddress: .refusedAddress
        case .unreachable: .unreachable("nothing could be had from it")
        case .deadline: .unreachable("no answer within the deadline")
        case .tooManyPixels: .tooManyPixels
        case .noVideo, .coverOnly: .notAVideo("there is no video in it")
        case .noDecoder: .notAVideo("there is no decoder for its video")
        case .noPicture: .notAVideo("not one of its pictures can be decoded")
        case .refusedFormat: .notAVideo("files of its kind are not read")
        case .largePacket: .tooManyPixels
        case .busy: .overloaded
        case .cancelled: .failure
        default: .notAVideo("it is not a video that can be read")
        }
    }
}
