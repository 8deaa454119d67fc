import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

@testable import OnDevice

/// What the networks say in PyTorch, made by `classifiers.py`.
private struct Reference: Decodable {
    /// The likeliest of ImageNet's classes.
    let classes: [Int: Double]
    let photo: Double

    static func all() throws -> [String: Reference] {
        let path = Fixtures.root.appendingPathComponent("Tests/OnDeviceTests/classifiers.json")
        return try JSONDecoder().decode([String: Reference].self, from: Data(contentsOf: path))
    }
}

private func picture(_ path: String) async throws -> DecodedPicture {
    let sampler = try await FrameSampler.open(.path(path), options: SamplingOptions())
    return try #require(try await sampler.next()?.picture)
}

/// The pictures that the reference was made of.
private func crops() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try Python(program: "OnDevice/crops.py", [folder.url.path], in: "reference").run().ending()
    return folder
}

/// An installation with one pack: an installed one with its manifest changed.
private func installation(
    _ pack: String, _ change: (String) -> String
) throws -> (Installation, TemporaryFolder) {
    let packs = Fixtures.root.appendingPathComponent(".deps/packs")
    let parent = try TemporaryFolder()
    let folder = parent.url.appendingPathComponent(pack)
    try FileManager.default.copyItem(at: packs.appendingPathComponent(pack), to: folder)
    let manifest = folder.appendingPathComponent("pack.yaml")
    try Data(change(try String(contentsOf: manifest, encoding: .utf8)).utf8).write(to: manifest)
    let runtime = Installation.find(environment: [:], program: #filePath).openVINO
    return (Installation(openVINO: runtime, packFolders: [parent.url.path]), parent)
}

/// The pack of Lite0 with other outputs, and nothing that was said of the old ones.
private func liteManifest(_ outputs: String, _ more: String = "") -> (String) -> String {
    { manifest in
        let head = manifest.components(separatedBy: "views:")[0]
        return head + "outputs:\n" + outputs + "\n" + more
    }
}

@Suite struct ClassifierTests {
    @Test func `what each class of EfficientNet-Lite0 gets is what PyTorch gives it`() async throws {
        let references = try Reference.all()
        let classes = Set(references.values.flatMap(\.classes.keys))
        let outputs = classes.sorted().map { "  \($0): class.\($0)" }.joined(separator: "\n")
        let (installation, packs) = try installation("efficientnet-lite0", liteManifest(outputs))
        let folder = try crops()
        defer {
            packs.remove()
            folder.remove()
        }
        let categories = Set(classes.map { ContentCategory(rawValue: "class.\($0)") })
        let judge = try OnDeviceJudge(installation, for: categories, version: "test")
        #expect(try folder.names().symmetricDifference(references.keys) == [])
        for (name, reference) in references {
            let still = try await picture(folder.url.appendingPathComponent(name).path)
            let found = try await judge.judge(still, for: categories).probabilities
            for (index, expected) in reference.classes {
                let probability = try #require(found[ContentCategory(rawValue: "class.\(index)")])
                #expect(abs(probability - expected) <= Self.tolerance, "\(name), class \(index)")
            }
        }
    }

    @Test func `what is a photograph is what PyTorch calls one, and a drawing is the rest`() async throws {
        // The network alone.
        let (installation, packs) = try installation("drawing") { $0.replacing(Self.plain, with: "# ") }
        let folder = try crops()
        defer {
            packs.remove()
            folder.remove()
        }
        let judge = try OnDeviceJudge(installation, for: [.typePhoto], version: "test")
        let references = try Reference.all()
        // The comparison means something only where both kinds are among the pictures.
        #expect(references.values.contains { $0.photo < 0.1 } && references.values.contains { $0.photo > 0.9 })
        for (name, reference) in references {
            let still = try await picture(folder.url.appendingPathComponent(name).path)
            let found = try await judge.judge(still, for: [.typePhoto, .typeIllustration]).probabilities
            #expect(abs(try #require(found[.typePhoto]) - reference.photo) <= Self.tolerance, "\(name)")
            #expect(abs(try #require(found[.typeIllustration]) + reference.photo - 1) <= Self.tolerance, "\(name)")
        }
    }

    private static let plain = "plain:\n  type.photo: 0.8"

    @Test func `what is nearly all of one colour is no photograph, unless it is nothing but that colour`() async throws
    {
        func photo(_ still: any Picture, plain: Double?) async throws -> Double {
            let (installation, packs) = try installation("drawing") { manifest in
                plain.map { manifest.replacing(Self.plain, with: "plain: {type.photo: \($0)}") }
                    ?? manifest.replacing(Self.plain, with: "# ")
            }
            defer { packs.remove() }
            let judge = try OnDeviceJudge(installation, for: [.typePhoto], version: "test")
            let found = try await judge.judge(still, for: [.typePhoto, .typeIllustration]).probabilities
            let both = (try #require(found[.typePhoto]), try #require(found[.typeIllustration]))
            #expect(abs(both.0 + both.1 - 1) < 1e-9)
            return both.0
        }
        // A twentieth of it is black.
        #expect(try await photo(Bar(share: 0.05), plain: 0.8) < 0.06)
        for share in [0, 0.5] {
            #expect(try await photo(Bar(share: share), plain: 0.8) == photo(Bar(share: share), plain: nil))
        }
        // A limit that nothing is both over and not empty.
        #expect(try await photo(Bar(share: 0.05), plain: 0.995) == photo(Bar(share: 0.05), plain: nil))
    }

    /// 32-bit floats; processors that compute with 16-bit ones differ by more.
    private static let tolerance = 1e-4

    @Test func `outputs of one category add up`() async throws {
        let reference = try #require(try Reference.all()["astronaut-0.png"])
        let outputs = reference.classes.keys.map { "  \($0): together" }.joined(separator: "\n")
        let (installation, packs) = try installation("efficientnet-lite0", liteManifest(outputs))
        let folder = try crops()
        defer {
            packs.remove()
            folder.remove()
        }
        let together = ContentCategory(rawValue: "together")
        let judge = try OnDeviceJudge(installation, for: [together], version: "test")
        let still = try await picture(folder.url.appendingPathComponent("astronaut-0.png").path)
        let found = try await judge.judge(still, for: [together]).probabilities[together]
        let expected = reference.classes.values.reduce(0, +)
        // The largest alone is less than the sum by far more than that.
        #expect(abs(try #require(found) - expected) <= 3 * Self.tolerance)
    }

    @Test(arguments: [
        ("  1: a\n  1: b", ""), ("  1: a", "views: nonsense"), ("  1: a", "views: {b: tiles}"),
        ("  1: a", "gain: 0"), ("  1: a", "doubt: 1"), ("  1: a", "plain: 1"),
        ("  1: a", "complement: {b: a}\nplain: {b: 0.5}"), ("  1: a", "complement: {b: c}"), ("  -1: a", ""),
        ("  1: a", "measured: {b: Often.}"),
    ])
    func `a manifest that contradicts itself is refused`(outputs: String, more: String) throws {
        #expect { try Self.pack(outputs, more) } throws: { ($0 as? OnDeviceError)?.code == .badManifest }
    }

    @Test func `and one that does not is taken`() throws {
        let pack = try Self.pack(
            "  1: a\n  2: a", "views: {a: tiles}\ngain: 2\ncomplement: {b: a}\nmeasured: {b: Often.}")
        #expect(pack.categories == [ContentCategory(rawValue: "a"), ContentCategory(rawValue: "b")])
    }

    private static func pack(_ outputs: String, _ more: String) throws -> Pack {
        let (installation, folder) = try installation("efficientnet-lite0", liteManifest(outputs, more))
        defer { folder.remove() }
        return try #require(try Pack.all(in: installation).first)
    }

    @Test func `an output that the network has not is told of`() async throws {
        let (installation, packs) = try installation("efficientnet-lite0", liteManifest("  1000: a"))
        defer { packs.remove() }
        let category = ContentCategory(rawValue: "a")
        let judge = try OnDeviceJudge(installation, for: [category], version: "test")
        let still = try await picture(Fixtures.still("odd.png"))
        await #expect { try await judge.judge(still, for: [category]) } throws: {
            ($0 as? OnDeviceError)?.code == .badManifest
        }
    }
}

@Suite struct ViewTests {
    @Test func `tiles are where the specification has them, in a wide picture and in a tall one`() {
        let wide = Views.tiles.rounds(width: 1000, height: 500)
        #expect(wide.map(\.count) == [1, 3, 6])
        #expect(wide[1].map { $0.x * 1000 } == [0, 250, 500])
        #expect(wide[1].allSatisfy { $0.width == 0.5 && $0.height == 1 && $0.y == 0 })
        #expect(Set(wide[2].map { ($0.x * 1000).rounded() }) == [0, 350, 700])
        #expect(Set(wide[2].map { ($0.y * 500).rounded() }) == [0, 200])
        let tall = Views.tiles.rounds(width: 500, height: 1000)
        #expect(Set(tall[2].map { ($0.y * 1000).rounded() }) == [0, 350, 700])
        #expect(tall[1].map { $0.y * 1000 } == [0, 250, 500])
    }

    @Test func `a square picture is not looked at three times`() {
        #expect(Views.squares.rounds(width: 300, height: 300).map(\.count) == [1, 1])
    }

    @Test func `closer looks are taken only where the whole leaves a doubt`() async throws {
        // Class 432, a bassoon, gets 0.13 in this picture as a whole: so says the reference.
        let whole = 0.1324917
        let folder = try crops()
        defer { folder.remove() }
        let still = try await picture(folder.url.appendingPathComponent("astronaut-0.png").path)
        func highest(doubt: Double, of outputs: String) async throws -> Double {
            let (installation, packs) = try installation(
                "efficientnet-lite0", liteManifest(outputs, "views: tiles\ndoubt: \(doubt)"))
            defer { packs.remove() }
            let category = ContentCategory(rawValue: "a")
            let judge = try OnDeviceJudge(installation, for: [category], version: "test")
            return try #require(try await judge.judge(still, for: [category]).probabilities[category])
        }
        #expect(abs(try await highest(doubt: 0.2, of: "  432: a") - whole) <= 1e-4)
        // All of ImageNet's instruments and clothes: what is worn fills a tile more than it does the whole.
        let many = (400..<900).map { "  \($0): a" }.joined(separator: "\n")
        #expect(try await highest(doubt: 0, of: many) > (try await highest(doubt: 0.999999, of: many)) + 1e-3)
    }
}

/// White, with a black bar at its left that takes that share of it.
private struct Bar: Picture {
    let share: Double
    let width = 400, height = 300

    func pixels(_ layout: PixelLayout, width: Int, height: Int) -> [UInt8] {
        (0..<(width * height)).flatMap { at in
            [UInt8](repeating: Double(at % width) < share * Double(width) ? 0 : 255, count: layout.bytesPerPixel)
        }
    }

    func jpeg(within limits: JPEGLimits) -> [UInt8] { [] }
}
