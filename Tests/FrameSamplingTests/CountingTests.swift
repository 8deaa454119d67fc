import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

/// How much is decoded, kept and given back: counted, never timed.
@Suite(.serialized) struct CountingTests {
    private func report(_ clip: String, every interval: Double, _ change: (inout SamplingOptions) -> Void = { _ in })
        async throws -> SamplingReport
    {
        var options = SamplingOptions()
        options.interval = .seconds(interval)
        change(&options)
        let sampler = try await FrameSampler.open(.path(Fixtures.matrix(clip)), options: options)
        while try await sampler.next() != nil {}
        return sampler.report
    }

    @Test func `after the last wanted picture of a group nothing is decoded`() async throws {
        // Groups of 50 pictures, one wanted a second: 0 and 25. Of the packets after 25 and what B-frames pull in
        // nothing is sent; and of those sent, unreferenced pictures are left out.
        let report = try await report("h264-closed.mp4", every: 1)
        #expect(report.isPlanned)
        #expect(report.packetsRead == 150)
        #expect(report.packetsDecoded <= 3 * 30)
        #expect(report.picturesDecoded < report.packetsDecoded)
    }

    @Test func `stretches decode their own groups only`() async throws {
        // Two groups of three are met, the first up to its 13th picture, the second up to its 6th.
        let report = try await report("h264-closed.mp4", every: 0.1) {
            $0.stretches = [.init(start: .milliseconds(300), count: 2), .init(start: .milliseconds(2100), count: 1)]
        }
        #expect(report.isPlanned && report.packetsDecoded > 0 && report.packetsDecoded <= 13 + 6)
    }

    @Test func `a keyframe costs one packet`() async throws {
        let report = try await report("h264-closed.mp4", every: 1) { $0.mode = .keyframes }
        #expect(report.packetsDecoded == 3 && report.picturesDecoded == 3)
    }

    @Test func `without timestamps everything is decoded`() async throws {
        let report = try await report("mpeg4-b-missing-pts.avi", every: 1)
        #expect(!report.isPlanned && report.packetsDecoded == report.packetsRead)
    }

    @Test func `a group whose planned picture does not appear is decoded again`() async throws {
        let report = try await report("mpeg4-not-coded.avi", every: 0.04)
        #expect(report.isPlanned && report.groupsRedecoded >= 2 && report.failures == 0)
        #expect(try await self.report("mpeg4.avi", every: 0.04).groupsRedecoded == 0)
    }

    @Test func `sound is neither counted nor decoded: without it everything is the same`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let whole = Fixtures.folder.appending(path: "live/show.mp4").path
        let silent = folder.url.appending(path: "silent.mp4").path
        try run("ffmpeg", ["-v", "error", "-i", whole, "-an", "-c", "copy", silent]).ending()
        func report(_ path: String) async throws -> [Int] {
            let sampler = try await FrameSampler.open(.path(path), options: SamplingOptions())
            while try await sampler.next() != nil {}
            let report = sampler.report
            return [report.packetsRead, report.packetsDecoded, report.picturesDecoded, report.failures]
        }
        // Ten seconds of 25 pictures, and of sound.
        let probed = try run("ffprobe", ["-v", "error", "-show_entries", "stream=codec_type", "-of", "csv=p=0", whole])
        #expect(probed.text.contains("audio"))
        let heard = try await report(whole)
        #expect(heard.first == 250)
        #expect(try await report(silent) == heard)
    }

    @Test func `the duration is measured to the end of the last picture`() async throws {
        #expect(try await report("h264-closed.mp4", every: 2.7).duration == .seconds(6))
        #expect(try await report("animated.gif", every: 2.7).duration == .seconds(4))
    }

    @Test func `a truncated file is called truncated, and a whole one is not`() async throws {
        #expect(try await report("truncated.mp4", every: 1).isTruncated)
        for clip in ["h264-closed.mp4", "h264-edit-list.mp4", "h264-open.ts", "vp9-hidden.webm", "theora.ogg"] {
            #expect(try await !report(clip, every: 1).isTruncated, "\(clip)")
        }
    }

    @Test func `one picture on screen for several positions is one picture, reused`() async throws {
        let sampler = try await FrameSampler.open(.path(Fixtures.sample("slideshow.mp4")), options: SamplingOptions())
        var samples: [Sample] = []
        while let sample = try await sampler.next() { samples.append(sample) }
        samples.sort { $0.index < $1.index }
        #expect(samples.map(\.reused) == [false, true, false, false, true, true, false, true, true, true])
        #expect(Set(samples.map { ObjectIdentifier($0.picture!) }).count == Set(samples.map(\.time.pts)).count)
    }

    private struct Weak {
        weak var picture: DecodedPicture?
    }

    private func maxAlive(keeping: Bool) async throws -> Int {
        var options = SamplingOptions()
        options.interval = .milliseconds(40)
        let sampler = try await FrameSampler.open(.path(Fixtures.matrix("h264-closed.mp4")), options: options)
        var seen: [Weak] = [], kept: [DecodedPicture] = [], most = 0
        while let sample = try await sampler.next() {
            seen.append(Weak(picture: sample.picture))
            if keeping, let picture = sample.picture { kept.append(picture) }
            most = max(most, seen.count { $0.picture != nil })
        }
        return withExtendedLifetime(kept) { most }
    }

    @Test func `a picture nobody holds is given back at once`() async throws {
        #expect(try await maxAlive(keeping: false) <= 2)
        // The positive control: pictures that are held are counted.
        #expect(try await maxAlive(keeping: true) == 150)
    }

    @Test func `cancelling ends the sampling, and so does stopping to listen`() async throws {
        var options = SamplingOptions()
        options.interval = .milliseconds(40)
        let sampler = try await FrameSampler.open(.path(Fixtures.matrix("h264-closed.mp4")), options: options)
        _ = try await sampler.next()
        sampler.cancel()
        await #expect { try await sampler.next() } throws: { ($0 as? FrameSamplingError)?.code == .cancelled }
    }
}
