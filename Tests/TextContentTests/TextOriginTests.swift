import Moderation
import Testing
import TextContent

@Suite struct TextOriginTests {
    /// A line of 400 × 40 pixels in a picture of 1000 × 1000, its right end `rise` pixels lower.
    private func origin(_ text: String = "some words", top: Double, rise: Double = 0) -> TextLine.Origin {
        TextOrigin.inOnePicture(
            text: text, personal: PersonalDataFinder().find(in: text),
            corners: [(300, top), (700, top + rise), (700, top + 40 + rise), (300, top + 40)], width: 1000, height: 1000
        )
    }

    @Test func `a level line near the upper or lower edge is laid over the picture`() {
        #expect(origin(top: 20) == .artificial)
        #expect(origin(top: 940) == .artificial)
        #expect(origin(top: 600) == .natural)
    }

    @Test func `a line off the level is part of the scene, a rounded pixel is none`() {
        // atan(6 / 400) is 0.86 degrees, atan(1 / 400) 0.14.
        #expect(origin(top: 20, rise: 7) == .natural)
        #expect(origin(top: 20, rise: 2) == .artificial)
    }

    @Test(arguments: ["© Jane Doe", "Copyright 2020", "Photo: Jane", "17.05.2021", "2021-05-17", "example.org"])
    func `a line about the picture is laid over it`(text: String) {
        #expect(origin(text, top: 500) == .artificial)
    }

    @Test(arguments: ["photosynthesis", "1.5", "24/7", "SALE 50%"])
    func `a line that only looks like one about the picture is part of the scene`(text: String) {
        #expect(origin(text, top: 500) == .natural)
    }
}
