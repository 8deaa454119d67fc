import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

/// Photos that are decoded at less than their size, because nobody asks for it.
@Suite(.serialized) struct ScaledImageTests {
    private func photo(
        _ width: Int, _ height: Int, _ options: String = "quality=90", mode: String = "RGB"
    ) throws -> Data {
        let script = """
            import sys
            from PIL import Image, ImageFilter
            size = 600, 450
            detail = Image.effect_mandelbrot(size, (-1.6, -1.1, 0.6, 1.1), 60)
            noise = Image.effect_noise(size, 90).filter(ImageFilter.GaussianBlur(1))
            slope = Image.linear_gradient("L").resize(size)
            photo = Image.merge("RGB", (detail, noise, slope)).resize((\(width), \(height)), Image.Resampling.BICUBIC)
            photo.convert("\(mode)").save(sys.stdout.buffer, "JPEG", \(options))
            """
        return try Python(lines: script, in: "reference").run().output
    }

    private func first(_ image: Data, longestSide: Int?, maxPixels: Int = 200_000_000) throws -> DecodedPicture {
        try #require(try ImageReader(image, maxPixels: maxPixels, longestSide: longestSide).next())
    }

    private func refusal(_ image: Data, longestSide: Int?, maxPixels: Int = 200_000_000) -> FrameSamplingError.Code? {
        #expect(throws: FrameSamplingError.self) {
            try first(image, longestSide: longestSide, maxPixels: maxPixels)
        }?.code
    }

    /// What the ffmpeg program makes of the image, which it decodes whole.
    private func ffmpeg(_ image: Data, _ arguments: [String] = [], _ format: String = "rawvideo") throws -> [UInt8] {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appendingPathComponent("image.jpg")
        try image.write(to: file)
        return [UInt8](try run("ffmpeg", ["-v", "error", "-i", file.path] + arguments + ["-f", format, "-"]).output)
    }

    @Test(arguments: [(1280, 1), (640, 2), (500, 4), (256, 8)])
    func `a large photo is decoded at what suffices, and looks as ffmpeg scales the whole one`(
        _ longestSide: Int, _ factor: Int
    ) throws {
        let (width, height) = (4800 / (longestSide == 1280 ? 2 : 1), 3600 / (longestSide == 1280 ? 2 : 1))
        let image = try photo(width, height)
        let picture = try first(image, longestSide: longestSide)
        #expect(picture.width == width && picture.height == height)
        #expect(picture.codedWidth == width && picture.codedHeight == height)
        #expect(try picture.decodedBytes().count == (width / factor) * (height / factor) * 3 / 2)
        let (wide, high) = (longestSide, longestSide * 3 / 4)
        let pixels = try picture.pixels(.rgb, width: wide, height: high)
        let flags = "flags=bilinear+accurate_rnd+full_chroma_int+full_chroma_inp"
        func expected(_ more: String) throws -> [UInt8] {
            try ffmpeg(image, ["-vf", "scale=\(wide):\(high):\(flags)\(more)", "-pix_fmt", "rgb24"])
        }
        let whole = likeness(pixels, try expected(""))
        #expect(whole >= 35)
        // The control: another picture is not like it.
        #expect(likeness(pixels, try expected(",hflip")) < 30)
    }

    @Test func `a photo that is not much larger than what is asked for is decoded as ever`() throws {
        let image = try Data(contentsOf: URL(filePath: Fixtures.image("picture.jpg")))
        let expected = try ffmpeg(image)
        for longestSide in [256, nil] {
            let decoded = try first(image, longestSide: longestSide).decodedBytes()
            #expect(decoded == expected)
        }
        // The control: half of it suffices here.
        #expect(try first(image, longestSide: 80).decodedBytes().count == expected.count / 4)
    }

    @Test func `a panorama keeps the rows that a square of it needs`() throws {
        let image = try photo(6000, 600)
        #expect(try first(image, longestSide: 256).decodedBytes().count == 3000 * 300 * 3 / 2)
        #expect(try first(image, longestSide: 512).decodedBytes().count == 6000 * 600 * 3 / 2)
    }

    @Test(arguments: 1...8)
    func `a photo decoded scaled is upright whichever way the camera was held`(_ orientation: Int) throws {
        let image = try Data(contentsOf: URL(filePath: Fixtures.image("exif-\(orientation).jpg")))
        let picture = try first(image, longestSide: 8)
        #expect(try picture.decodedBytes().count == 16 * 24 * 3)
        #expect(picture.width == 64 && picture.height == 96)
        let halves = try picture.pixels(.rgb, width: 1, height: 2)
        #expect(halves[0] > 200 && halves[2] < 60, "red above")
        #expect(halves[3] < 60 && halves[5] > 200, "blue below")
    }

    @Test func `a photo of 108 megapixels takes the memory of what is decoded of it`() throws {
        let image = try photo(12000, 9000), progressive = try photo(12000, 9000, "quality=60, progressive=True")
        limitPictureMemory(videoBytes: 2 << 30, imageBytes: 100_000_000)
        defer { limitPictureMemory(videoBytes: 2 << 30, imageBytes: 1 << 30) }
        let picture = try first(image, longestSide: 256)
        #expect(picture.width == 12000 && picture.height == 9000)
        #expect(try picture.decodedBytes().count == 1500 * 1125 + 2 * 750 * 563)
        // The controls: whole it does not fit, nor do a progressive one's coefficients, which are all needed; and scaled,
        // too, it has the pixels it has.
        #expect(refusal(image, longestSide: nil) == .tooManyPixels)
        #expect(refusal(progressive, longestSide: 256) == .tooManyPixels)
        #expect(refusal(image, longestSide: 256, maxPixels: 100_000_000) == .tooManyPixels)
    }

    /// `serve` has 256 MiB for pictures.
    @Test(arguments: [("24-megapixels.heic", nil), ("12-megapixels.dng", 512 as Int?)])
    func `a photo of a phone or a camera fits into a server's memory`(_ name: String, _ longestSide: Int?) throws {
        let image = try Data(contentsOf: URL(filePath: Fixtures.large(name)))
        limitPictureMemory(videoBytes: 2 << 30, imageBytes: 256 << 20)
        defer { limitPictureMemory(videoBytes: 2 << 30, imageBytes: 1 << 30) }
        // Workers keep the limits that they were started with.
        let reader = try ImageReader(image, maxPixels: 200_000_000, longestSide: longestSide, sandbox: .off)
        let picture = try #require(try reader.next())
        #expect(picture.width * picture.height >= 12_000_000)
    }

    @Test func `what cannot be decoded scaled is decoded whole`() throws {
        let photo = try photo(640, 480)
        let lossless = Data(try ffmpeg(photo, ["-c:v", "ljpeg"], "image2pipe"))
        let cmyk = try self.photo(640, 480, "subsampling=2", mode: "CMYK")
        for image in [lossless, cmyk] {
            let whole = try first(image, longestSide: nil).decodedBytes()
            let decoded = try first(image, longestSide: 16).decodedBytes()
            #expect(decoded == whole)
        }
        // The control: what both were made of can be.
        #expect(try first(photo, longestSide: 16).decodedBytes().count == 80 * 60 * 3 / 2)
    }

    @Test func `half a photo is an error, scaled or not`() throws {
        let image = try photo(1600, 1200)
        let half = image.prefix(image.count / 2) + [0xFF, 0xD9]
        for longestSide in [100, nil] {
            #expect(refusal(half, longestSide: longestSide) == .brokenImage)
            #expect(throws: Never.self) { try first(image, longestSide: longestSide) }
        }
    }

    @Test func `a cancelled image gives no more pictures`() throws {
        let image = try Data(contentsOf: URL(filePath: Fixtures.image("reddening.gif")))
        let reader = try ImageReader(image, maxPixels: 1 << 20)
        #expect(try reader.next() != nil)
        reader.cancel()
        #expect(throws: FrameSamplingError(code: FrameSamplingError.Code.cancelled.rawValue, name: "the image")) {
            try reader.next()
        }
    }
}
