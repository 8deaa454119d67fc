import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

@Suite struct AnimatedPNGTests {
    @Test(arguments: ["reddening.png", "default-apart.png"])
    func `every picture that a viewer shows comes once, in order`(_ name: String) throws {
        let colors = try read(name).map { try $0.pixels(.rgb, width: 1, height: 1) }
        #expect(colors == [[0, 0, 0], [100, 0, 0], [240, 0, 0], [60, 0, 0]])
        #expect(try format(name) == .png)
    }

    @Test func `pictures of which parts are stored come whole, as they were drawn`() throws {
        let pictures = try read("parts.png")
        try #require(pictures.count == 6)
        for (index, picture) in pictures.enumerated() {
            #expect(try pixels(picture) == asPillowShows("part-\(index).png"), "picture \(index)")
        }
    }

    @Test func `half an animation is an error`() { #expect(code("half-reddening.png") == .brokenImage) }

    @Test func `no beginning of an animation is one`() throws { try expectNoBeginningIsAnImage("reddening.png") }

    @Test func `one of too many pixels is refused`() {
        #expect(code("reddening.png", maxPixels: 80 * 60 - 1) == .tooManyPixels)
        #expect(code("reddening.png", maxPixels: 80 * 60) == nil)
    }
}
