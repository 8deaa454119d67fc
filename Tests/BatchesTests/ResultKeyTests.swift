import Foundation
import FrameSampling
import Moderation
import Testing

@testable import Batches

@Suite struct ResultKeyTests {
    /// A key whose parts can be changed one by one.
    private struct Parts {
        var judge = JudgeIdentity(name: "on-device", version: "1, open-nsfw 2")
        var longestSide: Int? = 640
        var program = "0.2.0"
        var tasks = [ModerationTask(name: "qr", categories: [.qr])]
        var policy = Policy(
            thresholds: [.qr: 0.5, .nudityExplicit: 0.6], harmful: [.qr: true, .nudityExplicit: false])
        var interval = Duration.seconds(1)
        var ids: (String?, String?) = (nil, nil)
        var sampling = SamplingOptions()
        var streams = "shown"
        var known: [String] = []

        func material(_ content: ResultKey.Content = .file(digest: "00")) throws -> Data {
            try ResultKey(
                judge: judge, longestSide: longestSide, program: program,
                request: ModerationRequest(
                    tasks, policy: policy, interval: interval, referenceID: ids.0, originID: ids.1),
                sampling: sampling, streams: streams, known: known
            ).material(content)
        }
    }

    private static let changes: [@Sendable (inout Parts) -> Void] = [
        { $0.judge = JudgeIdentity(name: "sightengine", version: $0.judge.version) },
        { $0.judge = JudgeIdentity(name: $0.judge.name, version: "2") }, { $0.longestSide = nil },
        { $0.program = "0.3.0" }, { $0.tasks = [] }, { $0.tasks = [ModerationTask(name: "code", categories: [.qr])] },
        { $0.tasks = [ModerationTask(name: "qr", categories: [.qr, .nudityExplicit])] },
        { $0.policy.threshold = 0.51 }, { $0.policy.thresholds[.qr] = 0.6 }, { $0.policy.harmful[.qr] = false },
        { $0.policy.rule = .atLeast(2) }, { $0.policy.gap = 1 }, { $0.policy.closeThreshold = 0.4 },
        { $0.policy.closeThresholds[.qr] = 0.4 }, { $0.policy.minDuration = 1 },
        { $0.policy.confirm = Confirmation() }, { $0.policy.knownDistance = 30 },
        { $0.policy.allowsExperiments = true }, { $0.interval = .milliseconds(999) },
        { $0.sampling.mode = .keyframes }, { $0.sampling.start = .seconds(1) }, { $0.sampling.duration = .seconds(1) },
        { $0.sampling.maxFrames = 3 }, { $0.sampling.maxBytes = 3 }, { $0.sampling.maxPixels = 3 },
        { $0.sampling.maxDuration = .seconds(3) }, { $0.sampling.pageDuration = .seconds(3) }, { $0.streams = "all" },
        { $0.known = ["00"] },
    ]

    @Test func `whatever a result depends on changes its key`() throws {
        var keys = try Self.changes.map { change in
            var parts = Parts()
            change(&parts)
            return try parts.material()
        }
        keys += [
            try Parts().material(), try Parts().material(.file(digest: "01")), try Parts().material(.address("00")),
        ]
        #expect(Set(keys).count == Self.changes.count + 3)
    }

    @Test func `what it does not depend on does not`() throws {
        var parts = Parts()
        parts.ids = ("r", "o")
        parts.sampling.threads = 3
        parts.sampling.readDeadline = .seconds(3)
        parts.sampling.sandbox = .off
        #expect(try parts.material() == Parts().material())
    }

    /// Tables have no order in memory: made in either order, and again and again, they say the same.
    @Test func `equal policies have equal keys`() throws {
        var other = Parts()
        other.policy.thresholds = [:]
        for category in [ContentCategory.nudityExplicit, .qr] {
            other.policy.thresholds[category] = category == .qr ? 0.5 : 0.6
        }
        #expect(try other.material() == Parts().material())
    }
}
