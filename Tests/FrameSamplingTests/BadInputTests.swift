import Foundation
import FrameSampling
import TestSupport
import Testing

@Suite struct BadInputTests {
    @Test(arguments: [
        ("empty.mp4", FrameSamplingError.Code.empty), ("text.mp4", .invalidData), ("audio-only.m4a", .noVideo),
        ("cover-only.mp3", .coverOnly), ("no-moov.mp4", .invalidData), ("huge.png", .tooManyPixels),
        ("not-there.mp4", .missing), ("playlist.m3u8", .refusedFormat), ("", .directory),
        ("names-a-sibling.mp4", .refusedFormat), ("describes-a-stream.mp4", .refusedFormat),
        // Believed, its name would make it a film without a picture.
        ("names-segments.mp4", .refusedFormat), ("text.mjpeg", .invalidData),
    ])
    func `what cannot be sampled is refused with its reason`(name: String, code: FrameSamplingError.Code) async throws {
        await #expect {
            let sampler = try await FrameSampler.open(.path(Fixtures.broken(name)), options: SamplingOptions())
            while try await sampler.next() != nil {}
        } throws: { ($0 as? FrameSamplingError)?.code == code }
    }

    @Test func `a picture over the limit of pixels is refused, one within it is not`() async throws {
        var options = SamplingOptions()
        options.maxPixels = 192 * 108 - 1
        await #expect {
            try await FrameSampler.open(.path(Fixtures.matrix("h264-closed.mp4")), options: options)
        } throws: { ($0 as? FrameSamplingError)?.code == .tooManyPixels }
        options.maxPixels = 192 * 108
        #expect(
            try await FrameSampler.open(.path(Fixtures.matrix("h264-closed.mp4")), options: options).header.width == 192
        )
    }

    @Test func `garbage in the middle is counted, and its positions are damaged`() async throws {
        let sampler = try await FrameSampler.open(.path(Fixtures.broken("garbage.ts")), options: SamplingOptions())
        var samples: [Sample] = []
        while let sample = try await sampler.next() { samples.append(sample) }
        samples.sort { $0.index < $1.index }
        #expect(sampler.report.failures > 0)
        #expect(samples.count == 6)
        // Two of six seconds are garbage; the rest is whole.
        let damaged = samples.filter(\.damaged).map(\.position)
        #expect(!damaged.isEmpty && damaged.allSatisfy { (1000...4000).contains($0) })
    }

    @Test func `a header that claims ten hours changes nothing`() async throws {
        let sampler = try await FrameSampler.open(.path(Fixtures.broken("ten-hours.mp4")), options: SamplingOptions())
        var count = 0
        while try await sampler.next() != nil { count += 1 }
        #expect(count == 6 && sampler.report.duration == .seconds(6))
    }

    @Test func `a limit on duration cuts, and says so`() async throws {
        var options = SamplingOptions()
        options.maxDuration = .seconds(3)
        let sampler = try await FrameSampler.open(.path(Fixtures.matrix("h264-closed.mp4")), options: options)
        var count = 0
        while try await sampler.next() != nil { count += 1 }
        #expect(count == 3 && sampler.report.reachedLimit)
    }

    @Test func `an address nobody answers at ends within its deadline`() async throws {
        let silent = try SilentServer()
        var options = SamplingOptions()
        options.openDeadline = .milliseconds(300)
        options.readDeadline = .milliseconds(300)
        await #expect {
            try await FrameSampler.open(.address("http://127.0.0.1:\(silent.port)/a.mp4"), options: options)
        } throws: { error in
            guard let error = error as? FrameSamplingError else { return false }
            return error.code == .deadline || error.cause.contains("timed out")
        }
    }

    private func count(_ address: String) async throws -> Int {
        let sampler = try await FrameSampler.open(.address(address), options: SamplingOptions())
        var count = 0
        while try await sampler.next() != nil { count += 1 }
        return count
    }

    @Test func `an address is read like a file`() async throws {
        let server = try FileServer(folder: Fixtures.folder)
        defer { server.stop() }
        #expect(try await count(server.address + "/faststart.mp4") == 6)
        #expect(try await count(server.address + "/matrix/vp9-hidden.webm") == 6)
        await #expect(throws: FrameSamplingError.self) { try await count(server.address + "/missing.mp4") }
    }

    @Test func `a playlist behind an address may name addresses, never files`() async throws {
        let server = try FileServer(folder: Fixtures.folder)
        defer { server.stop() }
        #expect(try await count(server.address + "/broken/names-an-address.m3u8") == 6)
        await #expect(throws: FrameSamplingError.self) {
            try await count(server.address + "/broken/names-a-file.m3u8")
        }
    }

    @Test func `names in reports hide what addresses may hold`() {
        #expect(VideoInput("https://me:secret@example.org/a.mp4?key=1").name == "https://example.org/a.mp4")
        #expect(VideoInput("clip.mp4").name == "clip.mp4")
    }
}
