import Foundation
import FrameSampling
import KnownContent
import Moderation
import TestSupport
import Testing

/// What the reference package says: by picture, by word.
private func reference(_ folder: TemporaryFolder, _ arguments: String...) throws -> [String: [String: String]] {
    let told = try Python(
        program: "KnownContent/reference.py", [folder.url.path] + arguments, in: "reference"
    ).run().ending()
    return try JSONDecoder().decode([String: [String: String]].self, from: told.output)
}

/// Those of scikit-image's that the reference package is asked about.
private let natural = [
    "astronaut", "brick", "chelsea", "coffee", "color", "grass", "hubble_deep_field", "ihc", "motorcycle_left",
    "retina", "rocket",
]

private func transform(_ name: String, in folder: TemporaryFolder) throws -> PictureTransform? {
    let bytes = try Data(contentsOf: folder.url.appendingPathComponent(name + ".png"))
    let picture = try #require(try ImageReader(bytes, maxPixels: 1 << 26).next())
    return try PictureTransform(picture)
}

@Suite struct HashTests {
    @Test func `hashes and qualities are the reference package's, bit for bit`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let expected = try reference(folder)
        let sized = (0..<100).map { String(format: "sized-%03d", $0) }
        let made = ["64-by-64", "5-by-5", "20-to-1", "1-to-20", "one-colour", "black"]
        #expect(Set(expected.keys).symmetricDifference(natural + sized + made) == [])
        var differences: [String] = []
        for (name, told) in expected {
            let own = try #require(try transform(name, in: folder))
            let isSame = own.hash().hexadecimal == told["hash"] && "\(own.quality)" == told["quality"]
            if !isSame { differences.append(name) }
        }
        #expect(differences.isEmpty)
        // The comparison means something only where pictures differ.
        #expect(Set(expected.values.compactMap { $0["hash"] }).count > 100)
    }

    @Test func `each turn and mirror has the hash that the turned picture has`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let expected = try reference(folder, "turns")
        let turned = ["astronaut", "coffee", "chelsea", "rocket", "retina"].flatMap { [$0, $0 + "/dihedral"] }
        #expect(Set(expected.keys).symmetricDifference(turned) == [])
        for (name, turned) in expected where !name.contains("/") {
            let own = try #require(try transform(name, in: folder))
            for turn in PictureTurn.allCases {
                let hash = own.hash(turn)
                #expect(hash.hexadecimal == expected[name + "/dihedral"]?[turn.rawValue], "\(name) \(turn)")
                let ofTurned = try #require(PDQHash(hexadecimal: turned[turn.rawValue] ?? ""))
                #expect(hash.distance(to: ofTurned) <= 10, "\(name) \(turn)")
            }
        }
    }

    @Test func `a hash is read and written as 64 digits, and nothing else is one`() {
        let digits = "0123456789abcdef" + String(repeating: "0", count: 47) + "f"
        #expect(PDQHash(hexadecimal: digits)?.hexadecimal == digits)
        #expect(PDQHash(hexadecimal: digits.uppercased())?.hexadecimal == digits)
        #expect(PDQHash(hexadecimal: digits.dropLast()) == nil)
        #expect(PDQHash(hexadecimal: digits + "0") == nil)
        #expect(PDQHash(hexadecimal: digits.dropLast() + "g") == nil)
    }

    @Test(arguments: [(1, 1), (4, 100), (100, 4)])
    func `a picture with a side of less than five pixels has no hash`(width: Int, height: Int) throws {
        let pixels = (0..<3 * width * height).map { UInt8(truncatingIfNeeded: $0 * 37) }
        #expect(try PictureTransform(rgb: pixels, width: width, height: height) == nil)
        let larger = (0..<3 * 25).map { UInt8(truncatingIfNeeded: $0 * 37) }
        #expect(try PictureTransform(rgb: larger, width: 5, height: 5) != nil)
    }

    @Test func `bars are cut to the pixel, and a dark picture is left as it is`() throws {
        var pixels = [UInt8](repeating: 16, count: 3 * 100 * 60)
        for y in 10..<47 { for x in 7..<90 { for c in 0..<3 { pixels[3 * (100 * y + x) + c] = 200 } } }
        #expect(
            try PicturePart(withinBarsOf: pixels, width: 100, height: 60)
                == PicturePart(x: 7, y: 10, width: 83, height: 37))
        // A logo of one pixel in a bar is no picture.
        pixels[3 * (100 * 3 + 50)] = 255
        #expect(try PicturePart(withinBarsOf: pixels, width: 100, height: 60)?.y == 10)
        let dark = [UInt8](repeating: 10, count: 3 * 100 * 60)
        #expect(try PicturePart(withinBarsOf: dark, width: 100, height: 60) == nil)
        let full = [UInt8](repeating: 200, count: 3 * 100 * 60)
        #expect(try PicturePart(withinBarsOf: full, width: 100, height: 60) == nil)
    }
}
