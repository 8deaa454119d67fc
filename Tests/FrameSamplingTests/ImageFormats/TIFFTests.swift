import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

@Suite struct TIFFTests {
    /// With what scanners and programs state besides, of any order of bytes, in strips and planes.
    @Test(arguments: [
        "tagged.tiff", "big-endian.tiff", "planar.tiff", "lzw.tiff", "palette.tiff", "fax.tiff",
    ])
    func `a TIFF looks as Pillow decodes it`(_ name: String) throws {
        let pictures = try read(name)
        #expect(try pictures.map(pixels) == [asPillowShows(name)])
    }

    @Test func `every page is a picture, but for reduced ones`() throws {
        let colors = try read("pages.tiff").map { try $0.pixels(.rgb, width: 1, height: 1) }
        #expect(colors == [[0, 0, 0], [100, 0, 0], [240, 0, 0], [60, 0, 0]])
        #expect(!(try format("pages.tiff").isAnimation))
    }

    @Test func `pages are sampled one after the other`() async throws {
        let sampler = try await FrameSampler.open(.path(Fixtures.image("pages.tiff")), options: SamplingOptions())
        var reds: [UInt8] = []
        while let sample = try await sampler.next() {
            reds.append(try #require(sample.picture).pixels(.rgb, width: 1, height: 1)[0])
        }
        #expect(reds == [0, 100, 240, 60])
    }

    @Test func `more than fifty pages are an error behind the fiftieth`() throws {
        let reader = try ImageReader(
            try Data(contentsOf: URL(filePath: Fixtures.image("60-pages.tiff"))), maxPixels: 1 << 20)
        for _ in 0..<50 { #expect(try reader.next() != nil) }
        let refusal = #expect(throws: FrameSamplingError.self) { try reader.next() }
        #expect(refusal?.code == .tooManyPages)
    }

    @Test(arguments: ["float.tiff", "tiled.tiff", "jpeg.tiff"])
    func `what is whole but cannot be decoded is not called damaged`(_ name: String) throws {
        #expect(code(name) == .noDecoder)
        // The control.
        #expect(throws: Never.self) { try asPillowShows(name) }
    }

    @Test(arguments: ["tagged.tiff", "lzw.tiff", "pages.tiff"])
    func `no beginning of a TIFF is one`(_ name: String) throws {
        try expectNoBeginningIsAnImage(name, step: 37, rest: name == "tagged.tiff" ? 64 * 48 * 3 : 0)
    }

    @Test func `more pixels than allowed are refused`() {
        #expect(code("tagged.tiff", maxPixels: 64 * 48 - 1) == .tooManyPixels)
        #expect(code("tagged.tiff", maxPixels: 64 * 48) == nil)
    }
}
