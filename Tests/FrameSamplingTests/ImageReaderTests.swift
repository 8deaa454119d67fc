import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

@Suite struct ImageReaderTests {
    @Test(arguments: [
        ("picture.jpg", 2.0), ("progressive.jpg", 2), ("gray.jpg", 2), ("appended.jpg", 2), ("picture.png", 0),
        ("picture.bmp", 0), ("picture.tiff", 0), ("picture.webp", 0), ("picture.gif", 0), ("49x49.png", 0),
    ])
    func `every format looks as Pillow decodes it`(_ name: String, _ tolerance: Double) throws {
        let picture = try #require(try read(name).first)
        let expected = try asPillowShows(name)
        let pixels = try picture.pixels(.rgb, width: picture.width, height: picture.height)
        #expect(pixels.count == expected.count)
        let difference = zip(pixels, expected).map { abs(Double($0) - Double($1)) }
        #expect(difference.reduce(0, +) / Double(difference.count) <= tolerance, "mean")
    }

    @Test func `an icon of more entries than are looked at is refused`() throws {
        #expect(try read("64-entries.ico").first?.width == 80)
        #expect(code("65-entries.ico") == .brokenImage)
    }

    @Test func `an icon is its largest picture, and CMYK has colours`() throws {
        #expect(try read("picture.ico").first?.width == 64)
        let pixels = try #require(try read("cmyk.jpg").first).pixels(.rgb, width: 1, height: 1)
        let expected = try asPillowShows("cmyk.jpg")
        let mean = (0..<3).map { channel in
            stride(from: channel, to: expected.count, by: 3).map { Int(expected[$0]) }.reduce(0, +)
                / (expected.count / 3)
        }
        for channel in 0..<3 { #expect(abs(Int(pixels[channel]) - mean[channel]) <= 12, "channel \(channel)") }
    }

    @Test(arguments: 1...8, [".jpg", ".png", ".webp", ".tiff", "-animated.webp"])
    func `a photo is upright whichever way the camera was held`(_ orientation: Int, _ ending: String) throws {
        let picture = try #require(try read("exif-\(orientation)\(ending)").first)
        #expect(picture.width == 64 && picture.height == 96)
        let halves = try picture.pixels(.rgb, width: 1, height: 2)
        #expect(halves[0] > 200 && halves[2] < 60, "red above")
        #expect(halves[3] < 60 && halves[5] > 200, "blue below")
    }

    @Test(arguments: ["exif-6.jpg", "exif-6.png", "exif-7.webp", "exif-5.tiff"])
    func `a sampled photo is upright, too`(_ name: String) async throws {
        let sampler = try await FrameSampler.open(.path(Fixtures.image(name)), options: SamplingOptions())
        let picture = try #require(try await sampler.next()?.picture)
        #expect(picture.width == 64 && picture.height == 96)
        #expect(try isRedAboveBlue(picture))
    }

    @Test(arguments: ["288x72-dpi.jpg", "288x72-dpi.png", "288x72-dpi.tiff"])
    func `the resolution of a print does not stretch a picture`(_ name: String) async throws {
        let picture = try #require(try read(name).first)
        #expect(picture.width == 320 && picture.height == 240)
        let sampler = try await FrameSampler.open(.path(Fixtures.image(name)), options: SamplingOptions())
        let sampled = try #require(try await sampler.next()?.picture)
        #expect(sampled.width == 320 && sampled.height == 240)
    }

    @Test func `every picture of an animation comes once, in order`() throws {
        let reds = try read("reddening.gif").map { try $0.pixels(.rgb, width: 1, height: 1)[0] }
        #expect(reds == [0, 100, 240, 60])
        #expect(try read("300-frames.gif").count == 300)
    }

    @Test(arguments: ["truncated.jpg", "truncated.png", "truncated.webp"])
    func `half an image is an error`(_ name: String) { #expect(code(name) == .brokenImage) }

    @Test(arguments: ["text.jpg", "empty.jpg", "page.html"])
    func `what is no image is none`(_ name: String) { #expect(code(name) == .notAnImage) }

    @Test func `a picture of too many pixels is refused before memory is asked for it`() {
        #expect(code("20000x20000.png") == .tooManyPixels)
        #expect(code("5000x5000.png", maxPixels: 4096 * 4096) == .tooManyPixels)
        #expect(code("5000x5000.png") == nil)
    }
}
