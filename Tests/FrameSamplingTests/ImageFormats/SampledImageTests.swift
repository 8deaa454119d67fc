import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

/// Images that FFmpeg does not decode, sampled like videos.
@Suite struct SampledImageTests {
    private func sample(
        _ input: VideoInput, interval: Double = 1, _ change: (inout SamplingOptions) -> Void = { _ in }
    ) async throws -> (samples: [Sample], sampler: FrameSampler) {
        var options = SamplingOptions()
        options.interval = .seconds(interval)
        change(&options)
        let sampler = try await FrameSampler.open(input, options: options)
        var samples: [Sample] = []
        while let sample = try await sampler.next() { samples.append(sample) }
        return (samples, sampler)
    }

    private func image(_ name: String) -> VideoInput { .path(Fixtures.image(name)) }

    @Test(arguments: ["picture.heic", "picture.avif", "turned-6.dng"])
    func `a photo is one sample, as it is read as an image`(_ name: String) async throws {
        let (samples, sampler) = try await sample(image(name))
        let (picture, expected) = (try #require(samples.first?.picture), try #require(try read(name).first))
        #expect(samples.count == 1 && samples[0].position == 0)
        #expect(try pixels(picture) == pixels(expected))
        #expect(sampler.header.isStill && sampler.header.width == picture.codedWidth)
        #expect(try sampler.header.container == format(name).rawValue && sampler.streams.map(\.isSampled) == [true])
        #expect(sampler.report.picturesDecoded == 1 && !sampler.report.isTruncated)
    }

    /// Its pictures are on screen for a second each.
    @Test func `an animated WEBP is sampled as it runs`() async throws {
        func reds(_ samples: [Sample]) throws -> [UInt8] {
            try samples.map { try #require($0.picture).pixels(.rgb, width: 1, height: 1)[0] }
        }
        let (each, sampler) = try await sample(image("reddening.webp"))
        #expect(try reds(each) == [0, 100, 240, 60] && each.map(\.position) == [0, 1000, 2000, 3000])
        #expect(sampler.report.duration == .seconds(4))
        let (twice, _) = try await sample(image("reddening.webp"), interval: 0.5)
        #expect(try reds(twice) == [0, 0, 100, 100, 240, 240, 60, 60])
        #expect(twice.map(\.reused) == [false, true, false, true, false, true, false, true])
        let (part, _) = try await sample(image("reddening.webp")) { ($0.start, $0.maxFrames) = (.seconds(2), 1) }
        #expect(try reds(part) == [240] && part[0].index == 0)
    }

    @Test func `an animation that is longer than allowed is cut, and says so`() async throws {
        let (cut, sampler) = try await sample(image("reddening.webp")) { $0.maxDuration = .seconds(2) }
        #expect(cut.count == 2 && sampler.report.reachedLimit)
        // The controls: it ends there, or nobody asked for more.
        let (_, whole) = try await sample(image("reddening.webp")) { $0.maxDuration = .seconds(4) }
        #expect(!whole.report.reachedLimit)
        let (_, part) = try await sample(image("reddening.webp")) { $0.duration = .seconds(2) }
        #expect(!part.report.reachedLimit)
    }

    @Test(arguments: [0.5, 1, 60])
    func `each page of a document is sampled once, whatever the interval`(_ interval: Double) async throws {
        let (samples, _) = try await sample(image("3-pages.pdf"), interval: interval)
        #expect(samples.map(\.index) == [0, 1, 2] && samples.allSatisfy { !$0.reused })
        let expected = try read("3-pages.pdf")
        for (sample, page) in zip(samples, expected) {
            #expect(try pixels(try #require(sample.picture)) == pixels(page))
        }
    }

    @Test func `dense stretches see the pages where they stood`() async throws {
        let (samples, _) = try await sample(image("3-pages.pdf"), interval: 0.25) {
            $0.pageDuration = .seconds(1)
            $0.stretches = [.init(start: .milliseconds(750), count: 2), .init(start: .milliseconds(2500), count: 9)]
        }
        #expect(samples.map(\.position) == [750, 1000, 2500, 2750])
        let pages = samples.map { Int($0.time.pts) }
        #expect(pages == [0, 1000, 2000, 2000])
    }

    @Test(arguments: ["picture.heic", "reddening.webp", "3-pages.pdf", "turned-1.dng"])
    func `a pipe is read, too`(_ name: String) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let pipe = folder.url.appending(path: "pipe").path
        _ = try run("mkfifo", [pipe])
        let writer = Process()
        writer.executableURL = URL(filePath: "/bin/sh")
        writer.arguments = ["-c", "cat \"$0\" >\"$1\"", Fixtures.image(name), pipe]
        try writer.run()
        let (samples, _) = try await sample(.path(pipe))
        writer.waitUntilExit()
        #expect(try samples.count == read(name).count)
    }

    @Test(arguments: ["picture.heic", "reddening.webp", "3-pages.pdf", "turned-1.dng"])
    func `an address is read, too`(_ name: String) async throws {
        let files = try FileServer(folder: Fixtures.folder)
        defer { files.stop() }
        for trust in [AddressTrust.trusted, .guarded(allowingPrivate: true)] {
            let (samples, _) = try await sample(.address("\(files.address)/images/\(name)")) { $0.addresses = trust }
            #expect(try samples.count == read(name).count)
        }
    }

    @Test func `of a long document fifty pages are sampled, and the rest is an error`() async throws {
        var options = SamplingOptions()
        options.maxPixels = 100_000
        let sampler = try await FrameSampler.open(image("60-pages.pdf"), options: options)
        for _ in 0..<50 { #expect(try await sampler.next()?.picture != nil) }
        let refusal = await #expect(throws: FrameSamplingError.self) { try await sampler.next() }
        #expect(refusal?.code == .tooManyPages)
    }

    @Test(arguments: ["half-picture.heic", "half-reddening.webp", "half-3-pages.pdf", "half-turned-1.dng"])
    func `half an image cannot be opened`(_ name: String) async throws {
        let refusal = await #expect(throws: FrameSamplingError.self) { try await self.sample(self.image(name)) }
        #expect(refusal?.code == .brokenImage)
    }

    /// Its tracks are what players show.
    @Test(arguments: [("sequence.avif", "av1"), ("video-behind.heic", "h264")])
    func `a photo that is a video, too, is a video`(_ name: String, _ codec: String) async throws {
        let (samples, sampler) = try await sample(image(name), interval: 0.2)
        #expect(samples.count == 5 && sampler.header.codec == codec)
        #expect(code(name) == .notAnImage)
    }
}
