import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

@testable import OnDevice

@Suite struct TextTests {
    private static let asked: Set<ContentCategory> = [.textArtificial, .textNatural, .textProfanity, .textPersonal]

    private struct Page: Decodable {
        struct Drawn: Decodable {
            let text: String
            /// Left, top, right, bottom, pixels.
            let box: [Double]
        }
        struct Read: Decodable {
            let text: String
            let corners: [[Double]]
        }
        let drawn: [Drawn]
        let read: [Read]
        let width, height: Double
    }

    private func judge() throws -> OnDeviceJudge { try OnDeviceJudge(installation, for: Self.asked, version: "test") }

    private func makePictures(_ arguments: [String], in folder: TemporaryFolder) throws -> Data {
        try Python(program: "OnDevice/text.py", [folder.url.path] + arguments, in: "reference").run().output
    }

    @Test func `words drawn over photographs are read, where and as rapidocr reads them`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let judge = try judge()
        var drawn = 0, found = 0, words = 0, exact = 0
        var references = 0, matched = 0, alike = 0
        let pages = try JSONDecoder().decode([String: Page].self, from: makePictures(["640"], in: folder))
        for (name, page) in pages {
            let still = try await still(folder.url.appendingPathComponent(name).path)
            let lines = try #require(try await judge.judge(still, for: Self.asked).findings.lines)
            for line in page.drawn {
                let here = lines.filter { middle(of: $0, on: page).isInside(line.box) }
                drawn += 1
                found += here.isEmpty ? 0 : 1
                let read = here.flatMap { $0.text.split(separator: " ") }
                words += line.text.split(separator: " ").count
                exact += line.text.split(separator: " ").count(where: read.contains)
            }
            for reference in page.read {
                references += 1
                guard let line = lines.first(where: { isSame($0, reference, on: page) }) else { continue }
                matched += 1
                alike += line.text == reference.text ? 1 : 0
            }
        }
        #expect(drawn == 40 && words > 80 && references > 40)
        #expect(Double(found) >= 0.9 * Double(drawn), "\(found) of \(drawn)")
        #expect(Double(exact) >= 0.85 * Double(words), "\(exact) of \(words)")
        #expect(Double(matched) >= 0.95 * Double(references), "\(matched) of \(references)")
        #expect(Double(alike) >= 0.8 * Double(matched), "\(alike) of \(matched)")
    }

    private func middle(of line: TextLine, on page: Page) -> SIMD2<Double> {
        line.corners.reduce(SIMD2<Double>.zero) { $0 + SIMD2($1.x * page.width, $1.y * page.height) } / 4
    }

    /// Each corner is nearer than half the line's height.
    private func isSame(_ line: TextLine, _ reference: Page.Read, on page: Page) -> Bool {
        let height = reference.corners[3][1] - reference.corners[0][1]
        return zip(line.corners, reference.corners).allSatisfy { mine, other in
            abs(mine.x * page.width - other[0]) < height / 2 && abs(mine.y * page.height - other[1]) < height / 2
        }
    }

    @Test func `of a crowded page 100 lines are read, and nothing is said of what they do not show`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        _ = try makePictures([], in: folder)
        let still = try await still(folder.url.appendingPathComponent("crowded.png").path)
        let judgement = try await judge().judge(still, for: Self.asked)
        let lines = try #require(judgement.findings.lines)
        #expect(lines.count > 50 && lines.count <= 100, "\(lines.count)")
        // A line that was not read may hold either. A page that was read whole says 0, as pictures of one colour do.
        #expect(Set(judgement.probabilities.keys).isDisjoint(with: [.textProfanity, .textPersonal]))
        #expect(try #require(judgement.probabilities[.textNatural]) > 0.5)
    }

    @Test func `where there is more than is looked at, what is left is known to be there`() {
        /// So many specks, and then a line.
        func regions(specks: Int) -> (regions: [[SIMD2<Double>]], areAll: Bool) {
            let (width, height) = (256, 256)
            var values = [Float](repeating: 0, count: width * height)
            for speck in 0..<specks { values[speck / 60 * 4 * width + speck % 60 * 4] = 1 }
            for row in 230..<245 { for column in 20..<200 { values[row * width + column] = 1 } }
            return TextDetector.regions(in: TextMap(width: width, height: height, values: values))
        }
        let all = regions(specks: 999), some = regions(specks: 1000)
        #expect(all.regions.count == 1 && all.areAll)
        #expect(some.regions.isEmpty && !some.areAll)
    }

    @Test func `a cup that fills the picture is no text, though it is round like an 8`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        _ = try makePictures([], in: folder)
        let still = try await still(folder.url.appendingPathComponent("cup.png").path)
        #expect(try await judge().judge(still, for: Self.asked).findings.lines == [])
    }

    @Test(arguments: [(1, 1), (1, 3000), (3000, 1), (2000, 100), (100, 2000), (33, 31), (4000, 3000)])
    func `a picture of one colour has no text, whatever its shape`(width: Int, height: Int) async throws {
        let judgement = try await judge().judge(PlainStill(width: width, height: height), for: Self.asked)
        #expect(judgement.probabilities == Dictionary(uniqueKeysWithValues: Self.asked.map { ($0, 0) }))
        #expect(judgement.findings.lines == [])
    }
}

/// All of one colour.
private struct PlainStill: Picture {
    let width, height: Int

    func pixels(_ layout: PixelLayout, width: Int, height: Int) -> [UInt8] {
        [UInt8](repeating: 127, count: width * height * layout.bytesPerPixel)
    }

    func jpeg(within limits: JPEGLimits) -> [UInt8] { [] }
}

extension SIMD2<Double> {
    fileprivate func isInside(_ box: [Double]) -> Bool { x > box[0] && x < box[2] && y > box[1] && y < box[3] }
}
