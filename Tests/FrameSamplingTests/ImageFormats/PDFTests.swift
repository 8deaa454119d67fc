import Foundation
import Moderation
import TestSupport
import Testing

@testable import FrameSampling

@Suite struct PDFTests {
    @Test(arguments: ["says-one-page.pdf", "spells-one-page.pdf"])
    func `pages are counted by their list, not by what is stated for the web`(_ name: String) throws {
        let colors = try read(name).map { try $0.pixels(.rgb, width: 1, height: 1) }
        #expect(colors == [[255, 0, 0], [0, 255, 0], [0, 0, 255]])
        // The control: Poppler by itself believes it.
        let info = try run("pdfinfo", [Fixtures.image(name)]).text
        #expect(info.contains(/Pages: +1\n/))
    }

    @Test func `a document with a password is not called damaged`() throws {
        #expect(code("locked.pdf") == .noDecoder)
        // The control: with the password it is whole.
        let pages = try run("pdftotext", ["-upw", "secret", Fixtures.image("locked.pdf"), "-"]).text
        #expect(!pages.isEmpty)
    }

    /// A page as pdftoppm draws it, with a renderer of its own.
    private func page(_ number: Int, of name: String) throws -> [UInt8] {
        let arguments = ["-f", "\(number)", "-singlefile", "-png", "-scale-to", "2048", "INPUT", "OUTPUT"]
        return try asShown(by: "pdftoppm", arguments, name)
    }

    @Test func `each page is a picture, as pdftoppm draws it`() throws {
        let pictures = try read("3-pages.pdf")
        try #require(pictures.count == 3)
        for (index, picture) in pictures.enumerated() {
            #expect(picture.width == 2048 && picture.height == 1366)
            #expect(likeness(try pixels(picture), try page(index + 1, of: "3-pages.pdf")) > 30, "page \(index + 1)")
        }
        // The control: pages differ by more.
        #expect(likeness(try pixels(pictures[0]), try page(2, of: "3-pages.pdf")) < 20)
    }

    @Test func `text in a font that is not embedded is drawn in another`() throws {
        let shown = try pixels(try #require(try read("text.pdf").first))
        #expect(likeness(shown, try page(1, of: "text.pdf")) > 20)
        #expect(shown.count { $0 < 100 } > 3000, "there is ink")
    }

    @Test func `of a long document the first fifty pages come, and then an error`() throws {
        let bytes = try Data(contentsOf: URL(filePath: Fixtures.image("60-pages.pdf")))
        let reader = try ImageReader(bytes, maxPixels: 100_000)
        for _ in 0..<50 { #expect(try reader.next() != nil) }
        let refusal = #expect(throws: FrameSamplingError.self) { try reader.next() }
        #expect(refusal?.code == .tooManyPages)
        #expect(try read("3-pages.pdf", maxPixels: 100_000).count == 3)
    }

    @Test func `a page is drawn at the pixels allowed`() throws {
        let picture = try #require(try read("3-pages.pdf", maxPixels: 60_000).first)
        #expect(picture.width * picture.height <= 60_000 && picture.width * picture.height > 58_000)
        #expect(abs(Double(picture.width) / Double(picture.height) - 1.5) < 0.02)
        let strip = try #require(try read("strip.pdf").first)
        #expect(strip.width == 2048 && strip.height <= 2)
    }

    @Test func `content tells that it is one`() throws {
        #expect(try format("pdf.gif") == .pdf)
        // What begins as something else may be shown as that.
        #expect(code("late.pdf") == .notAnImage)
    }

    @Test func `half a document is an error`() { #expect(code("half-3-pages.pdf") == .brokenImage) }

    /// But for the end of the last line.
    @Test func `no beginning of a document is one`() throws {
        try expectNoBeginningIsAnImage("text.pdf", rest: 1)
        try expectNoBeginningIsAnImage("3-pages.pdf", step: 97, rest: 8)
    }
}
