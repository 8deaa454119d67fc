import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

/// Viewers show pictures on white, and so do we.
@Suite struct TransparencyTests {
    private static let onWhite = """
        image = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
        """

    private static let inAlpha = [
        "in-alpha.png", "in-alpha.webp", "in-alpha-lossy.webp", "in-alpha-animated.webp", "in-alpha.tiff",
        "in-alpha.ico",
        "in-alpha.avif", "in-alpha.heic", "in-alpha-16.png", "in-alpha-10.avif",
    ]

    @Test(arguments: inAlpha)
    func `a picture that is drawn in alpha is seen`(_ name: String) throws {
        let picture = try #require(try read(name).first)
        let expected = try asPillowShows("in-alpha.png", Self.onWhite)
        #expect(likeness(try pixels(picture), expected) > 38)
        // The control: its colors are all black.
        #expect(try asPillowShows("in-alpha.png").max() == 0)
    }

    @Test(arguments: ["in-alpha.png", "in-alpha-lossy.webp", "in-alpha.avif"])
    func `it is in its JPEG and its gray values, too`(_ name: String) throws {
        let picture = try #require(try read(name).first)
        let expected = try asPillowShows("in-alpha.png", Self.onWhite)
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let file = folder.url.appending(path: "a.jpg").path
        try Data(try picture.jpeg(within: JPEGLimits())).write(to: URL(filePath: file))
        #expect(likeness(try asPillowShows(file), expected) > 34)
        let gray = try picture.pixels(.gray, width: picture.width, height: picture.height)
        #expect(likeness(gray.flatMap { [$0, $0, $0] }, expected) > 38)
    }

    @Test(arguments: [
        ("in-alpha.gif", "in-alpha.gif"), ("clear.heic", "clear.png"),
    ])
    func `what is clear in part looks as Pillow puts it on white`(_ name: String, _ other: String) throws {
        let shown = try pixels(try #require(try read(name).first))
        #expect(likeness(shown, try asPillowShows(other, Self.onWhite)) > 38)
        #expect(likeness(shown, try asPillowShows(other)) < 25)
    }

    @Test func `colors that are multiplied with alpha are not multiplied twice`() throws {
        let shown = try pixels(try #require(try read("premultiplied.avif").first))
        #expect(likeness(shown, try asPillowShows("clear.png", Self.onWhite)) > 38)
    }

    @Test(arguments: ["no-alpha.tiff", "no-alpha.webp", "no-alpha.bmp"])
    func `what viewers do not take for alpha is none`(_ name: String) throws {
        let shown = try pixels(try #require(try read(name).first))
        #expect(shown == (try asPillowShows("clear.png")))
    }

    @Test(arguments: [
        "in-alpha.png", "in-alpha.gif", "in-alpha.webp", "in-alpha.tiff", "no-alpha.tiff", "no-alpha.bmp",
    ])
    func `an image that is sampled looks the same`(_ name: String) async throws {
        let sampler = try await FrameSampler.open(.path(Fixtures.image(name)), options: SamplingOptions())
        let sampled = try #require(try await sampler.next()?.picture)
        #expect(try pixels(sampled) == pixels(try #require(try read(name).first)))
    }
}
