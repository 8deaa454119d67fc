import Base
import Digests
import Foundation
import HTTPTransport
import Moderation
import Runtime
import Synchronization
import Wire

/// Judges whole videos with a service's own video endpoint. The service samples, and answers when it is done.
public final class NativeVideoJudge: VideoJudge {
    /// The service and its address.
    public let identity: JudgeIdentity
    /// All categories that the service judges.
    public let categories: Set<ContentCategory>
    private let endpoint: any VideoEndpoint
    private let caller: Caller
    private let callbacks: (any CallbackReceiver)?
    private let answers: PaidAnswers
    private let progress: (@Sendable (Int, Int) -> Void)?

    /// The services with a video endpoint.
    public static let services: [Service] = [.picpurify, .sightengine]

    /// - Parameters:
    ///   - account: The service to ask.
    ///   - userAgent: The `User-Agent` header.
    ///   - ledger: Stores judgements of files, so that none is paid for twice. Videos at addresses are judged each
    ///     time, because they may change. `nil` to store nothing.
    ///   - callbacks: Where the service posts results of jobs; `nil` to ask for them every 3 s.
    ///   - progress: Called with the bytes sent and the bytes to send while a video is uploaded.
    ///   - rules: How to call the service. Default: one call at a time, with 10 minutes for the response to begin.
    ///   - clock: The time source. Default: the system's.
    /// - Throws: `JudgeStop` if the service has no video endpoint, `HTTPClient.OutOfResources`.
    public init(
        _ account: Account, userAgent: String, ledger: (any Ledger)? = nil,
        callbacks: (any CallbackReceiver)? = nil,
        progress: (@Sendable (_ sent: Int, _ total: Int) -> Void)? = nil, rules: CallingRules? = nil,
        clock: TimeSource = .system
    ) throws {
        self.callbacks = callbacks
        answers = PaidAnswers(ledger, clock: clock, isFinal: true)
        self.progress = progress
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
        categories = account.service.profile.categories
    }

    /// Requests, bytes and operations so far, and frames that were answered from the ledger.
    public var spending: Spending? { caller.spending }

    /// The judge's name in the ledger.
    public var keptAs: String { "\(identity.name) \(identity.version)" }

    /// The service's limits on videos.
    public var maxUpload: Int { endpoint.maxUpload }

    /// The operations that the service bills for a number of positions, as documented.
    public func operations(positions: Int, for categories: Set<ContentCategory>) -> Int {
        endpoint.operations(for: categories) * positions
    }

    /// Has a video judged.
    /// - Parameters:
    ///   - interval: Seconds between frames.
    ///   - duration: The length of the video, if known.
    /// - Throws: `CallProblem`, `JudgeStop`, `CancellationError`, or the system's error if a file cannot be read.
    public func judge(
        _ video: VideoReference, interval: Double, duration: Duration?, for categories: Set<ContentCategory>
    ) async throws -> [NativeFrame] {
        let request = VideoRequest(
            video: video, interval: interval, duration: duration, categories: categories, callbacks: callbacks,
            progress: progress)
        guard case .file(let path) = video else { return try await ask(request).answer }
        let question = LedgerQuestion(
            digest: try Digest(.sha256, ofFile: path).hexadecimal, judge: keptAs, categories: categories,
            every: interval)
        let (frames, isKnown) = try await answers.answer(
            question, claim: { try await $0.claimVideo(question) },
            keep: { try await $0.keep($1.answer, operations: $1.operations, for: question) },
            ask: { try await ask(request) })
        if isKnown { caller.spare(frames.count) }
        return frames
    }

    /// Has a live stream judged until it ends or the task is cancelled.
    /// - Parameters:
    ///   - interval: Seconds between frames.
    ///   - frames: Called with each group of new frames, in order.
    /// - Throws: `CallProblem`, `JudgeStop` or `CancellationError`.
    public func follow(
        _ address: String, interval: Double, for categories: Set<ContentCategory>,
        frames: @escaping @Sendable ([NativeFrame]) async -> Void
    ) async throws {
        let request = VideoRequest(
            video: .address(address), interval: interval, duration: nil, categories: categories, callbacks: callbacks,
            progress: nil)
        guard let endpoint = endpoint as? any StreamEndpoint else {
            throw JudgeStop(.unavailable, "\(identity.name) follows no live streams by itself; use --mode frames.")
        }
        let operations = operations(positions: 1, for: categories)
        try await endpoint.follow(request, through: caller) { [caller] new in
            caller.bill(new.count * operations)
            await frames(new)
        }
    }

    private func ask(_ request: VideoRequest) async throws -> PaidAnswers.Paid<[NativeFrame]> {
        let (frames, billed) = try await endpoint.judge(request, through: caller)
        let operations = billed ?? operations(positions: frames.count, for: request.categories)
        caller.bill(operations)
        return (frames, operations)
    }
}

/// The frames, and the billed operations if the service states them.
typealias JudgedVideo = (frames: [NativeFrame], billed: Int?)

/// One service's video endpoint.
protocol VideoEndpoint: Sendable {
    var maxUpload: Int { get }
    /// The operations billed for one frame, as documented.
    func operations(for categories: Set<ContentCategory>) -> Int
    /// Has a video judged.
    /// - Throws: `CallProblem` or `JudgeStop`.
    func judge(_ request: VideoRequest, through caller: Caller) async throws -> JudgedVideo
}

/// A video endpoint that reads live streams and reports frames as it goes.
protocol StreamEndpoint: VideoEndpoint {
    /// See `VideoJudge.follow`.
    func follow(
        _ request: VideoRequest, through caller: Caller, frames: @Sendable ([NativeFrame]) async -> Void
    ) async throws
}

/// A request to a video endpoint.
struct VideoRequest: Sendable {
    let video: VideoReference
    /// Seconds between frames.
    let interval: Double
    let duration: Duration?
    let categories: Set<ContentCategory>
    /// `nil` to poll the service for results.
    let callbacks: (any CallbackReceiver)?
    /// Called with the bytes sent and the bytes to send.
    let progress: (@Sendable (Int, Int) -> Void)?
}

/// Receives what services post.
public protocol CallbackReceiver: Sendable {
    /// Accepts callbacks until `close` is called.
    /// - Returns: The address for the service, and the bodies posted to it.
    func open() -> (address: String, bodies: AsyncStream<Data>)
    /// Stops accepting callbacks at an address that `open` returned.
    func close(_ address: String)
}

extension PicPurifyEndpoint: VideoEndpoint {
    /// Its documentation limits uploads to 50 MB, but not their length.
    var maxUpload: Int { PicPurifyLimits.videoBytes }

    func operations(for categories: Set<ContentCategory>) -> Int {
        PicPurifyTask.units(Self.tasks(categories))
    }

    func judge(_ request: VideoRequest, through caller: Caller) async throws -> JudgedVideo {
        let interval = request.interval
        var call = HTTPClientRequest(url: account.address + "/analyse_video.php")
        call.progress = request.progress
        call.parts = [
            .field("API_KEY", account.credentials[0]),
            .field("task", Self.tasks(request.categories).joined(separator: ",")),
            .field("frame_interval", "\(interval)"),
        ]
        switch request.video {
        case .file(let path): call.parts.append(.file("file_video", path: path))
        case .address(let address): call.parts.append(.field("url_video", address))
        }
        let answer = try await caller.ask(call) { try Self.read($0, PicPurifyVideoAnswer.self) }
        let frames = answer.images.enumerated().map { index, image in
            // Frames are named by number, starting with 00000001.jpg.
            let number = image.media.fileImage.flatMap { Int($0.prefix { $0.isNumber }) } ?? index + 1
            return NativeFrame(
                position: Int((Double(number - 1) * interval * 1000).rounded()),
                judgement: image.status == "success" ? image.judgement : nil)
        }
        let billed = answer.images.compactMap(\.unitsConsumed)
        return (frames, billed.isEmpty ? nil : billed.reduce(0, +))
    }
}
