import Base
import Foundation
import FrameSampling
import Moderation

/// What a result depends on besides its input. Two inputs of equal bytes with equal keys have equal results.
public struct ResultKey: Sendable {
    private let text: Data

    private struct Parts: Encodable {
        var program, judge, judgeVersion: String
        var longestSide: Int?
        var tasks: [[String]]
        var policy: PolicyParts
        var interval, start, page: Int64
        var duration: Int64?
        var mode, streams: String
        var maxFrames, maxBytes: Int?
        var maxPixels: Int
        var maxDuration: Int64
        var known: [String]
    }

    /// The policy with its tables as objects, whose keys are sorted.
    private struct PolicyParts: Encodable {
        var threshold: Double
        var thresholds, closeThresholds: [String: Double]
        var harmful: [String: Bool]
        var rule: String
        var gap, minDuration, knownDistance: Int
        var closeThreshold: Double?
        var confirm: Confirmation?
        var allowsExperiments: Bool
    }

    /// - Parameters:
    ///   - judge: Who judges.
    ///   - longestSide: Of the pictures that it is given, in pixels.
    ///   - program: The version of this program.
    ///   - request: What is asked. The caller's own ids do not count.
    ///   - sampling: Which pictures are judged. Deadlines, threads and the like do not count.
    ///   - streams: Which video streams are judged.
    ///   - known: Digests of the lists of known content.
    /// - Throws: `EncodingError`.
    public init(
        judge: JudgeIdentity, longestSide: Int?, program: String, request: ModerationRequest, sampling: SamplingOptions,
        streams: String, known: [String]
    ) throws {
        let policy = request.policy
        let parts = Parts(
            program: program, judge: judge.name, judgeVersion: judge.version, longestSide: longestSide,
            tasks: request.tasks.map { [$0.name] + $0.categories.map(\.rawValue) },
            policy: PolicyParts(
                threshold: policy.threshold, thresholds: policy.thresholds.byName,
                closeThresholds: policy.closeThresholds.byName, harmful: policy.harmful.byName,
                rule: policy.rule.description, gap: policy.gap, minDuration: policy.minDuration,
                knownDistance: policy.knownDistance, closeThreshold: policy.closeThreshold, confirm: policy.confirm,
                allowsExperiments: policy.allowsExperiments),
            interval: request.interval.nanoseconds, start: sampling.start.nanoseconds,
            page: sampling.pageDuration?.nanoseconds ?? 0, duration: sampling.duration?.nanoseconds,
            mode: sampling.mode.rawValue, streams: streams, maxFrames: sampling.maxFrames, maxBytes: sampling.maxBytes,
            maxPixels: sampling.maxPixels, maxDuration: sampling.maxDuration.nanoseconds, known: known)
        let encoder = JSONEncoder()
        encoder.outputFormatting = .sortedKeys
        text = try encoder.encode(parts)
    }

    /// What the fingerprint of an input's result is the SHA-256 of.
    /// - Parameter content: The digest of a file, or an address.
    func material(_ content: Content) -> Data {
        switch content {
        case .file(let digest): text + Data("\nfile \(digest)".utf8)
        case .address(let address): text + Data("\naddress \(address)".utf8)
        }
    }

    /// What is judged.
    enum Content {
        /// The hexadecimal SHA-256 of a file's bytes.
        case file(digest: String)
        /// What an address answers is not known before it is read.
        case address(String)
    }
}
