import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

@Suite struct AnimatedWebPTests {
    @Test func `every picture comes once, in order`() throws {
        let reds = try read("reddening.webp").map { try $0.pixels(.rgb, width: 1, height: 1)[0] }
        #expect(reds == [0, 100, 240, 60])
    }

    @Test func `pictures of which parts are stored come whole, as they were drawn`() throws {
        // The control: not all of them are stored whole.
        let stored = try run("webpmux", ["-info", Fixtures.image("parts.webp")]).text
        #expect(stored.contains("Number of frames: 6") && stored.contains(/2: +\d\d +\d\d\s/))
        let pictures = try read("parts.webp")
        try #require(pictures.count == 6)
        for (index, picture) in pictures.enumerated() {
            #expect(try pixels(picture) == asPillowShows("part-\(index).png"), "picture \(index)")
        }
    }

    @Test func `its colors are those of its profile`() throws {
        let pictures = try read("display-p3.webp")
        let profile = Fixtures.image("display-p3.icc")
        let convert =
            "image = ImageCms.profileToProfile(image.convert('RGB'), '\(profile)', ImageCms.createProfile('sRGB'))"
        let shown = try pixels(try #require(pictures.first))
        #expect(likeness(shown, try asPillowShows("plain.png", convert)) > 45)
        #expect(likeness(shown, try asPillowShows("plain.png")) < 25)
        #expect(pictures.count == 2)
    }

    @Test func `content tells that it is one`() throws { #expect(try format("webp.png") == .webp) }

    @Test func `half an animation is an error, and shows nothing`() {
        #expect(code("half-reddening.webp") == .brokenImage)
        #expect(code("reddening.webp") == nil)
    }

    @Test func `no beginning of an animation is one`() throws { try expectNoBeginningIsAnImage("parts.webp") }

    @Test func `a canvas of too many pixels is refused before there is memory for it`() throws {
        #expect(code("reddening.webp", maxPixels: 80 * 60 - 1) == .tooManyPixels)
        #expect(code("reddening.webp", maxPixels: 80 * 60) == nil)
        var bytes = try Data(contentsOf: URL(filePath: Fixtures.image("reddening.webp")))
        bytes.replaceSubrange(24..<30, with: Data(repeating: 0xFF, count: 6))
        let refusal = #expect(throws: FrameSamplingError.self) { try read(bytes) }
        #expect(refusal?.code == .tooManyPixels)
    }

    @Test func `a cancelled animation gives no more pictures`() throws {
        let reader = try ImageReader(
            try Data(contentsOf: URL(filePath: Fixtures.image("parts.webp"))), maxPixels: 1 << 20)
        #expect(try reader.next() != nil)
        reader.cancel()
        let refusal = #expect(throws: FrameSamplingError.self) { try reader.next() }
        #expect(refusal?.code == .cancelled)
    }
}
