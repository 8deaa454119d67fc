import Base
import Foundation
import FrameSampling
import Moderation

/// One moderation by a judge of whole videos. Only the header of a file is read here; nothing is decoded.
public struct NativeCheck: Sendable {
    /// Why a video is not sent to the service.
    public enum Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// The file is larger than the service allows, in bytes.
        case tooLarge(name: String, bytes: Int, limit: Int)
        /// It would be billed more operations than allowed.
        case tooExpensive(operations: Int, limit: Int)
        /// Standard input cannot be sent as a whole.
        case standardInput
        /// Only this program may read the object, so the service cannot be given its address.
        case signed(name: String)

        /// One sentence.
        public var description: String {
            switch self {
            case .tooLarge(let name, let bytes, let limit):
                "\(name): the service takes videos of at most \(limit / 1_000_000) MB, and this has \(bytes / 1_000_000) MB; use --mode frames."
            case .tooExpensive(let operations, let limit):
                "It would be billed as about \(operations) operations, more than the limit of \(limit)."
            case .standardInput: "A video from standard input cannot be handed over as a whole; use --mode frames."
            case .signed(let name):
                "\(name): the service cannot read it, and it is not downloaded to be sent; use --mode frames."
            }
        }
    }

    /// A file or an address.
    public var input: VideoInput
    /// The service.
    public var judge: any VideoJudge
    /// What is asked of the judge, and how it is decided.
    public let request: ModerationRequest
    /// The most operations to be billed; `nil` for no limit.
    public var maxOperations: Int?

    /// Creates a check with defaults for the rest.
    public init(input: VideoInput, judge: any VideoJudge, request: ModerationRequest) {
        self.input = input
        self.judge = judge
        self.request = request
    }

    /// Positions of a video of this length.
    private func positions(_ duration: Duration) -> Int {
        Int((duration.inSeconds / request.interval.inSeconds).rounded(.up))
    }

    /// Sends the video to the service and decides on its response.
    /// - Throws: `Refusal`, `FrameSamplingError` if a file is not a video, or what the judge throws.
    public func run() async throws -> CheckOutcome {
        let began = ContinuousClock.now
        let (header, _) = try await inspect()
        let reference: VideoReference
        switch input {
        case .path(let path): reference = .file(path: path)
        case .address(let address): reference = .address(address)
        case .standardInput: throw Refusal.standardInput
        case .signed(let address): throw Refusal.signed(name: address.name)
        }
        let frames = try await judge.judge(
            reference, interval: request.interval.inSeconds, duration: header?.declaredDuration, for: request.asked)
        return result(frames, header, wall: (ContinuousClock.now - began).inSeconds)
    }

    /// Estimates the cost. Sends nothing.
    /// - Returns: The bytes to send (0 for an address), and pictures and operations if the length is known.
    /// - Throws: `Refusal`, or `FrameSamplingError` if a file is not a video.
    public func estimate() async throws -> (bytes: Int, positions: Int?, operations: Int?) {
        let (header, bytes) = try await inspect()
        let positions = header?.declaredDuration.map(positions)
        return (bytes, positions, positions.map { judge.operations(positions: $0, for: request.asked) })
    }

    /// Reads the header of a file and checks it against the limits; no header for an address, which only the service
    /// opens.
    private func inspect() async throws -> (header: MediaHeader?, bytes: Int) {
        guard case .path(let path) = input else { return (nil, 0) }
        let header = try await FrameSampler.open(input, options: SamplingOptions()).header
        let bytes = try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int ?? 0
        if bytes > judge.maxUpload {
            throw Refusal.tooLarge(name: input.name, bytes: bytes, limit: judge.maxUpload)
        }
        guard let duration = header.declaredDuration else { return (header, bytes) }
        let operations = judge.operations(positions: positions(duration), for: request.asked)
        if let maxOperations, operations > maxOperations {
            throw Refusal.tooExpensive(operations: operations, limit: maxOperations)
        }
        return (header, bytes)
    }

    private func result(_ frames: [NativeFrame], _ header: MediaHeader?, wall: Double) -> CheckOutcome {
        let samples = frames.sorted { $0.position < $1.position }.enumerated().map { index, frame in
            TimelineSample(
                index: index, position: frame.position, time: nil, judgement: frame.judgement, reused: false,
                failure: frame.judgement == nil ? "the service did not judge it" : nil)
        }
        let declared = header?.declaredDuration?.wholeMilliseconds
        let last = samples.last.map { $0.position + request.interval.wholeMilliseconds } ?? 0
        let timeline = Timeline(
            samples: samples, end: declared ?? last, asked: request.asked, policy: request.policy,
            isComplete: true)
        let unjudged = timeline.tally.undetermined
        let spending = judge.spending ?? Spending()
        let result = ModerationResult(
            timeline, of: request, status: unjudged > 0 ? .partial : .success,
            note: unjudged > 0 ? "\(unjudged) of the pictures could not be judged." : nil,
            media: .init(input.name, header, duration: nil),
            sampling: .init(
                mode: "native", packetsRead: 0, packetsDecoded: 0, picturesDecoded: 0, failures: 0, groupsRedecoded: 0,
                truncated: false, cut: false),
            provider: judge.identity,
            cost: .init(
                requests: spending.requests, operations: spending.operations, bytesSent: spending.bytesSent,
                reused: spending.known),
            timing: .init(wall: wall, decode: 0, judge: wall))
        return CheckOutcome(result: result, timeline: timeline, stop: nil, failure: nil, wasInterrupted: false)
    }
}

extension ModerationResult.Media {
    /// Describes an input of which there is a header or not.
    init(_ name: String, _ header: MediaHeader?, duration: Duration?) {
        self.init(
            id: UUID().uuidString.lowercased().filter { $0 != "-" }, uri: name, container: header?.container ?? "",
            codec: header?.codec ?? "", width: header?.width ?? 0, height: header?.height ?? 0,
            rotation: header?.rotation ?? 0, duration: duration?.wholeMilliseconds,
            declaredDuration: header?.declaredDuration?.wholeMilliseconds)
    }
}
