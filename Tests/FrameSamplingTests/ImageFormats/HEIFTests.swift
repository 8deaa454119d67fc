import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

@Suite struct HEIFTests {
    @Test(arguments: ["picture.heic", "picture.avif", "61x47.heic", "4097x16.heic", "gray.avif", "tiles.avif"])
    func `a HEIC or AVIF looks as heif-convert decodes it`(_ name: String) throws {
        let pictures = try read(name)
        let picture = try #require(pictures.first)
        #expect(pictures.count == 1 && !picture.isHDR)
        let expected = try asShown(by: "heif-convert", ["INPUT", "OUTPUT.png"], name)
        let shown = try pixels(picture)
        #expect(shown == expected)
    }

    @Test func `a photo of tiles is one picture, as another decoder decodes it`() throws {
        let picture = try #require(try read("tiles.avif").first)
        #expect(picture.width == 512 && picture.height == 384)
        let expected = try asShown(by: "avifdec", ["INPUT", "OUTPUT.png"], "tiles.avif")
        #expect(likeness(try pixels(picture), expected) > 45)
        // The control: one tile of it, as wide as all, is not like it.
        let tile = "image = image.crop((0, 0, 256, 192)).resize((512, 384))"
        let other = try asShown(by: "avifdec", ["INPUT", "OUTPUT.png"], "tiles.avif", step: tile)
        #expect(likeness(try pixels(picture), other) < 30)
    }

    @Test(arguments: 1...8)
    func `an AVIF is upright however it is turned and mirrored`(_ orientation: Int) throws {
        let picture = try #require(try read("turned-\(orientation).avif").first)
        #expect(picture.width == 64 && picture.height == 96)
        #expect(try isRedAboveBlue(picture))
    }

    @Test func `a HEIC is upright, too`() throws {
        let picture = try #require(try read("turned.heic").first)
        #expect(picture.width == 64 && picture.height == 96)
        #expect(try isRedAboveBlue(picture))
        #expect(try pixels(picture) == asShown(by: "heif-convert", ["INPUT", "OUTPUT.png"], "turned.heic"))
    }

    // MARK: Colors

    /// What a color-managed viewer makes of the gradient when it is in Display P3.
    private func inDisplayP3() throws -> [UInt8] {
        let profile = Fixtures.image("display-p3.icc")
        return try asPillowShows(
            "plain.png",
            "image = ImageCms.profileToProfile(image.convert('RGB'), '\(profile)', ImageCms.createProfile('sRGB'))")
    }

    @Test(arguments: [
        "display-p3.heic", "display-p3.avif", "stated-p3.avif", "display-p3.jpg", "display-p3.png", "display-p3.tiff",
        "display-p3-still.webp",
    ])
    func `the wide colors of phones are those that a viewer sees`(_ name: String) throws {
        let shown = try pixels(try #require(try read(name).first))
        let managed = likeness(shown, try inDisplayP3()), unmanaged = likeness(shown, try asPillowShows("plain.png"))
        #expect(managed > 38 && unmanaged < 25, "\(managed) and \(unmanaged) dB")
    }

    @Test(arguments: ["display-p3.jpg", "display-p3.png", "display-p3.tiff"])
    func `a sampled photo has them, too`(_ name: String) async throws {
        let sampler = try await FrameSampler.open(.path(Fixtures.image(name)), options: SamplingOptions())
        let shown = try pixels(try #require(try await sampler.next()?.picture))
        #expect(likeness(shown, try inDisplayP3()) > 38)
    }

    @Test func `colors that are sRGB stay as they are`() throws {
        let shown = try pixels(try #require(try read("stated-srgb.avif").first))
        #expect(likeness(shown, try asPillowShows("plain.png")) > 45)
    }

    /// Full-range PQ of the same pixels as a video, whose tone mapping has tests of its own.
    @Test func `an HDR picture looks as it does in a video`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let video = folder.url.appending(path: "pq.mkv").path
        _ = try run(
            "ffmpeg",
            [
                "-v", "error", "-i", Fixtures.image("pq.avif"), "-c:v", "ffv1", "-pix_fmt", "yuv444p10le",
                "-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc", "-color_range",
                "pc", video,
            ])
        let sampler = try await FrameSampler.open(.path(video), options: SamplingOptions())
        let expected = try #require(try await sampler.next()?.picture)
        let picture = try #require(try read("pq.avif").first)
        #expect(picture.isHDR && expected.isHDR)
        #expect(likeness(try pixels(picture), try pixels(expected)) > 40)
        // The control: without it the colors are others.
        let flat = try asShown(by: "heif-convert", ["INPUT", "OUTPUT.png"], "pq.avif")
        #expect(likeness(try pixels(picture), flat) < 20)
    }

    @Test func `deep colors are not cut off`() throws {
        let shown = try pixels(try #require(try read("12-bit.avif").first))
        #expect(likeness(shown, try asShown(by: "heif-convert", ["INPUT", "OUTPUT.png"], "12-bit.avif")) > 48)
        // The control: cut off to its lower 8 bits, the picture would be another one.
        #expect(likeness(shown, try asPillowShows("plain.png")) > 30)
    }

    // MARK: What is refused

    @Test(arguments: [("picture.heic", ImageReader.Format.heic), ("picture.avif", .avif), ("heic.jpg", .heic)])
    func `content tells the format`(_ name: String, _ expected: ImageReader.Format) throws {
        #expect(try format(name) == expected)
    }

    @Test(arguments: ["half-picture.heic", "half-picture.avif"])
    func `half an image is an error`(_ name: String) { #expect(code(name) == .brokenImage) }

    @Test(arguments: ["display-p3.heic", "stated-p3.avif"])
    func `no beginning of an image is one`(_ name: String) throws { try expectNoBeginningIsAnImage(name) }

    @Test func `damage in the middle is an error`() throws {
        var bytes = try Data(contentsOf: URL(filePath: Fixtures.image("picture.avif")))
        #expect(throws: Never.self) { try read(bytes) }
        let middle = bytes.count * 2 / 3
        bytes.replaceSubrange(middle..<middle + 200, with: Data(repeating: 0, count: 200))
        #expect(throws: FrameSamplingError.self) { try read(bytes) }
    }

    @Test(arguments: ["picture.heic", "picture.avif", "tiles.avif"])
    func `more pixels than allowed are refused`(_ name: String) throws {
        let picture = try #require(try read(name).first)
        #expect(code(name, maxPixels: picture.width * picture.height - 1) == .tooManyPixels)
        #expect(code(name, maxPixels: picture.width * picture.height) == nil)
    }

    /// The size that the container states is harmless; the bitstream's is not.
    @Test(arguments: ["picture.heic", "picture.avif"])
    func `a picture larger than its container says is refused before there is memory for it`(_ name: String) throws {
        var bytes = try Data(contentsOf: URL(filePath: Fixtures.image(name)))
        let size = try #require(bytes.range(of: Data("ispe".utf8)))
        bytes.replaceSubrange(size.upperBound + 4..<size.upperBound + 12, with: Data([0, 0, 0, 16, 0, 0, 0, 16]))
        #expect(throws: FrameSamplingError.self) { try read(bytes, maxPixels: 1000) }
    }
}
