import Foundation
import Moderation
import Wire

/// A service's own video endpoint as the judge of whole videos: it samples, and answers when it is done.
public final class NativeVideoJudge: VideoJudge {
    public let identity: JudgeIdentity
    public let categories: Set<Moderation.Category>
    private let endpoint: any VideoEndpoint
    private let caller: Caller

    /// The services that have such an endpoint and answer at once.
    public static let services: [Service] = [.picpurify, .sightengine]

    /// - Parameter rules: Manners; `nil`: one call at a time, and 10 minutes for it.
    /// Throws `JudgeStop` where the service has no such endpoint.
    public init(
        _ account: Account, userAgent: String, rules: CallingRules? = nil, clock: CallClock = .system
    ) throws {
        switch account.service {
        case .picpurify: endpoint = PicPurifyEndpoint(account: account)
        case .sightengine: endpoint = SightengineEndpoint(account: account)
        default:
            let names = Self.services.map(\.rawValue).joined(separator: ", ")
            throw JudgeStop(
                .unavailable, "\(account.service.rawValue) judges no videos as a whole; \(names) do. Use --mode frames."
            )
        }
        var standard = CallingRules(concurrency: 1, rate: 1)
        (standard.answerDeadline, standard.wholeDeadline) = (.seconds(600), .seconds(1200))
        caller = Caller(
            account.service.rawValue, client: try HTTPClient(connections: 1, userAgent: userAgent),
            rules: rules ?? standard, clock: clock)
        identity = JudgeIdentity(name: account.service.rawValue, version: account.address + ", native video")
        categories = account.service.categories
    }

    public var spending: Spending? { caller.spending }
    public var limits: VideoLimits { endpoint.videoLimits }

    public func operations(positions: Int, for categories: Set<Moderation.Category>) -> Int {
        endpoint.operations(for: categories) * positions
    }

    public func judge(
        _ video: VideoReference, interval: Double, for categories: Set<Moderation.Category>
    ) async throws -> [NativeFrame] {
        let (frames, billed) = try await endpoint.judge(video, interval: interval, for: categories, through: caller)
        caller.bill(billed ?? operations(positions: frames.count, for: categories))
        return frames
    }
}

/// One service's video endpoint.
protocol VideoEndpoint: Sendable {
    var videoLimits: VideoLimits { get }
    /// Billed for one frame, as documented.
    func operations(for categories: Set<Moderation.Category>) -> Int
    /// Asks, and returns the frames with what was billed, if the service says. Throws `CallProblem` or `JudgeStop`.
    func judge(
        _ video: VideoReference, interval: Double, for categories: Set<Moderation.Category>, through caller: Caller
    ) async throws -> (frames: [NativeFrame], billed: Int?)
}

extension PicPurifyEndpoint: VideoEndpoint {
    /// 50 MB by upload, from its documentation; any length.
    var videoLimits: VideoLimits { VideoLimits(maxUpload: 50_000_000, longest: nil) }

    func operations(for categories: Set<Moderation.Category>) -> Int {
        Self.tasks(categories).map(PicPurifyTask.units).reduce(0, +)
    }

    func judge(
        _ video: VideoReference, interval: Double, for categories: Set<Moderation.Category>, through caller: Caller
    ) async throws -> (frames: [NativeFrame], billed: Int?) {
        var call = HTTPCall(url: account.address + "/analyse_video.php")
        call.parts = [
            .field("API_KEY", account.credentials[0]),
            .field("task", Self.tasks(categories).joined(separator: ",")), .field("frame_interval", "\(interval)"),
        ]
        switch video {
        case .file(let path): call.parts.append(.file("file_video", path: path))
        case .address(let address): call.parts.append(.field("url_video", address))
        }
        let answer = try await caller.ask(call) { try Self.read($0, PicPurifyVideoAnswer.self) }
        let frames = answer.images.enumerated().map { index, image in
            // Frames are named by number, from 00000001.jpg on.
            let number = image.media.fileImage.flatMap { Int($0.prefix { $0.isNumber }) } ?? index + 1
            return NativeFrame(
                position: Int((Double(number - 1) * interval * 1000).rounded()),
                judgement: image.status == "success" ? image.judgement : nil)
        }
        let billed = answer.images.compactMap(\.unitsConsumed)
        return (frames, billed.isEmpty ? nil : billed.reduce(0, +))
    }
}

extension SightengineEndpoint: VideoEndpoint {
    /// From its help pages, for videos that are answered at once.
    var videoLimits: VideoLimits { VideoLimits(maxUpload: 50_000_000, longest: .seconds(60)) }

    func operations(for categories: Set<Moderation.Category>) -> Int { capabilities.cost(categories) }

    func judge(
        _ video: VideoReference, interval: Double, for categories: Set<Moderation.Category>, through caller: Caller
    ) async throws -> (frames: [NativeFrame], billed: Int?) {
        var call = HTTPCall(url: account.address + "/1.0/video/check-sync.json")
        call.parts =
            credentials + [
                .field("models", Self.models(categories).joined(separator: ",")), .field("interval", "\(interval)"),
            ]
        switch video {
        case .file(let path): call.parts.append(.file("media", path: path))
        case .address(let address): call.parts.append(.field("stream_url", address))
        }
        let answer = try await caller.ask(call) { try Self.read($0, SightengineVideoAnswer.self) }
        let frames = answer.data.frames.map { frame in
            let judgement = frame.results.judgement
            return NativeFrame(
                position: frame.info.position, judgement: judgement.probabilities.isEmpty ? nil : judgement)
        }
        return (frames, answer.request.operations)
    }
}
