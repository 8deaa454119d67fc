import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

@Suite struct RawTests {
    @Test(arguments: ["turned-1.dng", "turned-6.dng", "large.dng"])
    func `a raw file looks as dcraw_emu develops it`(_ name: String) throws {
        let pictures = try read(name)
        let expected = try asShown(by: "dcraw_emu", ["-w", "-q", "0", "INPUT"], name, ending: ".ppm")
        let shown = try pixels(try #require(pictures.first))
        #expect(shown == expected)
        #expect(pictures.count == 1)
    }

    @Test(arguments: [1, 3, 6, 8])
    func `a raw file is upright whichever way the camera was held`(_ orientation: Int) throws {
        let picture = try #require(try read("turned-\(orientation).dng").first)
        #expect(picture.height == (orientation > 4 ? 64 : 48))
        #expect(try isRedAboveBlue(picture))
    }

    @Test func `where a small picture suffices it is developed at half its size, and looks alike`() throws {
        let whole = try #require(try read("large.dng").first),
            half = try #require(
                try read("large.dng", longestSide: 256).first)
        #expect(half.width == 1024 && half.height == 768)
        #expect(try half.decodedBytes().count == 512 * 384 * 3)
        #expect(try whole.decodedBytes().count == 1024 * 768 * 3)
        let (small, expected) = (
            try half.pixels(.rgb, width: 256, height: 192), try whole.pixels(.rgb, width: 256, height: 192)
        )
        #expect(likeness(small, expected) > 35)
    }

    /// Many programs show one of them instead.
    @Test(arguments: ["preview.dng", "other-first.dng"])
    func `what else a raw file shows is a picture, too`(_ name: String) throws {
        let colors = try read(name).map { try $0.pixels(.rgb, width: 1, height: 1) }
        try #require(colors.count == 2)
        #expect(colors[0][0] > 200 && colors[0][1] < 150, "what the sensor saw is red")
        #expect(colors[1][0] < 20 && colors[1][1] > 235, "what else there is is green")
    }

    @Test func `content tells a raw file from another TIFF`() throws {
        #expect(try format("dng.tiff") == .raw)
        #expect(try format("picture.tiff") == .tiff)
    }

    @Test func `half a raw file is an error`() { #expect(code("half-turned-1.dng") == .brokenImage) }

    @Test func `no beginning of a raw file is one`() throws {
        for name in ["turned-1.dng", "preview.dng", "other-first.dng"] {
            try expectNoBeginningIsAnImage(name, step: 37)
        }
    }

    @Test func `more pixels than allowed are refused`() {
        #expect(code("turned-1.dng", maxPixels: 64 * 48 - 1) == .tooManyPixels)
        #expect(code("turned-1.dng", maxPixels: 64 * 48) == nil)
    }
}
