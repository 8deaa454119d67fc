import Digests
import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

/// Clips read as live streams are, but as fast as it goes, and the picture on screen at each position, beside a full decode by the ffmpeg program.
@Suite struct LiveOracleTests {
    private struct Taken {
        var positions: [Oracle.Position] = []
        var report: LiveReport?
        var error: FrameSamplingError?
    }

    /// Everything a connection gives, in order.
    private func take(
        _ path: String, every interval: Duration, mode: SamplingOptions.Mode = .exact, sandbox: SandboxMode = .on
    ) async throws -> Taken {
        var options = LiveOptions()
        options.sandbox = sandbox
        options.interval = interval
        options.mode = mode
        // The clip comes faster than it is shown: nothing may be given up for that.
        options.maxLag = .seconds(600)
        let (pulses, pulse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let connection = try LiveConnection(.path(path), options: options) { pulse.yield() }
        var taken = Taken()
        var last: (pts: Int64, hash: String)?
        for await _ in pulses {
            while let event = connection.take() {
                switch event {
                case .opened: break
                case .sample(let sample):
                    #expect(!sample.dropped)
                    if let picture = sample.picture { last = (sample.time.pts, Self.hash(try picture.decodedBytes())) }
                    #expect(sample.reused == (sample.picture == nil))
                    if let last {
                        taken.positions.append(
                            .init(index: taken.positions.count, pts: last.pts, hash: last.hash))
                    }
                case .ended(let error):
                    (taken.report, taken.error) = (connection.report, error)
                    return taken
                }
            }
        }
        return taken
    }

    private static func hash(_ bytes: [UInt8]) -> String {
        Digest(.sha256, of: bytes).hexadecimal
    }

    @Test(
        "the picture on screen at each position is the one ffmpeg shows there",
        arguments: [
            "h264-open.ts", "h264-open.flv", "h264-open.mkv", "h264-closed.mp4", "h264-one-group.m4v",
            "h264-intra-refresh.ts", "h264-starts-late.ts", "h264-vfr.mkv", "h264-interlaced.ts", "h264-fragmented.mp4",
            "hevc-open.ts", "hevc-open.mp4", "hevc-closed.mkv", "hevc-layers.mp4", "mpeg2.ts", "mpeg2-interlaced.ts",
            "flv1.flv", "vp8-hidden.webm", "vp9-hidden.webm", "av1.mkv", "mpeg4-b.mp4",
        ], [200, 1700])
    func exact(_ name: String, _ interval: Int) async throws {
        let oracle = try Oracle(path: Fixtures.matrix(name))
        for sandbox in [SandboxMode.on, .off] {
            let taken = try await take(Fixtures.matrix(name), every: .milliseconds(interval), sandbox: sandbox)
            #expect(taken.error == nil)
            #expect(taken.positions == oracle.positions(every: Int64(interval)), "\(sandbox)")
        }
    }

    @Test func `what follows the last wanted picture of a group is not decoded`() async throws {
        // 150 packets in groups of 50, a picture every 2 s: the first of each group, and what it takes to get it out.
        let taken = try await take(Fixtures.matrix("h264-open.flv"), every: .seconds(2))
        let report = try #require(taken.report)
        #expect(report.packetsRead == 150)
        #expect(report.packetsDecoded >= 3 && report.packetsDecoded <= 3 * 6)
        // A keyframe stands alone.
        let keyframes = try await take(Fixtures.matrix("h264-closed.mp4"), every: .seconds(2), mode: .keyframes)
        #expect(keyframes.report?.packetsDecoded == 3)
    }

    @Test func `a connection that is dropped leaves no picture behind`() async throws {
        let (pulses, pulse) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        var connection: LiveConnection? = try LiveConnection(
            .path(Fixtures.matrix("h264-open.ts")), options: LiveOptions()
        ) { pulse.yield() }
        var held: LiveSample?
        for await _ in pulses {
            if case .sample(let sample)? = connection?.take() { held = sample }
            if held != nil { break }
        }
        // The picture outlives its connection.
        connection = nil
        let bytes = try held?.picture?.decodedBytes()
        #expect(bytes?.isEmpty == false)
    }
}
