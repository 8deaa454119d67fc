import Digests
import Foundation
import FrameSampling
import Moderation
import OnDevice
import TestSupport
import Testing

/// A pack whose network finds the same parts in every picture.
private struct ConstantParts {
    let folder: TemporaryFolder
    static let (one, two, three) = (
        ContentCategory("test.one"), ContentCategory("test.two"), ContentCategory("test.three")
    )

    /// Four boxes in a square of 64 pixels: a hand; a foot on nearly the same place, less sure; a chest; a foot that is
    /// only as sure as the least that counts.
    private static let rows = [
        "20,21,50,40", "20,20,10,30", "10,10,8,4", "8,8,4,4", "0.9,0.1,0,0", "0,0.8,0,0.25", "0,0,0.7,0",
    ]

    init(weak: String = "[chest]", experimental: String = "{}") throws {
        folder = try TemporaryFolder()
        try add("boxes", Self.rows, weak: weak, experimental: experimental)
    }

    /// Adds a pack that promises the same and finds nothing.
    func addBlindOne() throws { try add("blind", Self.rows.prefix(4) + Array(repeating: "0,0,0,0", count: 3)) }

    private func add(_ name: String, _ rows: [String], weak: String = "[]", experimental: String = "{}") throws {
        let pack = folder.url.appendingPathComponent(name)
        try FileManager.default.createDirectory(at: pack, withIntermediateDirectories: true)
        let model = pack.appendingPathComponent("model.onnx")
        try Python(program: "OnDevice/constant-boxes.py", [model.path, "64"] + rows).run().ending()
        let digest = Digest(.sha256, of: try Data(contentsOf: model)).hexadecimal
        let manifest = """
            name: \(name)
            version: "1"
            kind: parts
            licence: MIT
            models: {detector: {file: model.onnx, sha256: \(digest)}}
            boxes: {side: 64, score: 0.25, overlap: 0.45}
            labels: [hand, foot, chest]
            outputs: {test.one: [foot], test.two: [hand, chest], test.three: [chest]}
            weak: \(weak)
            experimental: \(experimental)
            """
        try Data(manifest.utf8).write(to: pack.appendingPathComponent("pack.yaml"))
    }

    func judgement(experimental: Bool = false) async throws -> Judgement {
        let sampler = try await FrameSampler.open(.path(Fixtures.sample("qr.mp4")), options: SamplingOptions())
        let picture = try #require(try await sampler.next()?.picture)
        try #require((picture.width, picture.height) == (640, 360))
        let openVINO = Installation.find(environment: [:], program: #filePath).openVINO
        let asked: Set = [Self.one, Self.two, Self.three]
        let judge = try OnDeviceJudge(
            Installation(openVINO: openVINO, packFolders: [folder.url.path]), for: asked, version: "test",
            experimental: experimental, concurrency: 1)
        return try await judge.judge(picture, for: asked)
    }
}

extension ContentCategory {
    fileprivate init(_ name: String) { self.init(rawValue: name) }
}

@Suite struct PartsTests {
    @Test func `the surest part of a category counts, those that it covers and those below the least do not`()
        async throws
    {
        let pack = try ConstantParts()
        defer { pack.folder.remove() }
        let judgement = try await pack.judgement()
        let rounded = judgement.probabilities.mapValues { ($0 * 1000).rounded() / 1000 }
        #expect(rounded == [ConstantParts.one: 0, ConstantParts.two: 0.9, ConstantParts.three: 0])
        let parts = try #require(judgement.findings.parts)
        #expect(parts.map(\.label) == ["hand", "chest"])
        // 640 pixels are 64 in the square: (20 ± 5, 20 ± 4) there is (150…250, 160…240) here.
        let box = parts[0].box
        for (found, expected) in [
            (box.x1, 150.0 / 640), (box.x2, 250.0 / 640), (box.y1, 160.0 / 360), (box.y2, 240.0 / 360),
        ] {
            #expect(abs(found - expected) < 1e-5)
        }
    }

    @Test func `a part that means little alone counts where the manifest does not say so`() async throws {
        let pack = try ConstantParts(weak: "[]")
        defer { pack.folder.remove() }
        let probability = try await pack.judgement().probabilities[ConstantParts.three]
        #expect(abs(try #require(probability) - 0.7) < 1e-6)
    }

    @Test func `what is an experiment of a pack counts only when experiments are asked for, whoever promises it`()
        async throws
    {
        let pack = try ConstantParts(experimental: "{test.two: Never tried.}")
        defer { pack.folder.remove() }
        #expect(try await pack.judgement().probabilities[ConstantParts.two] == nil)
        try pack.addBlindOne()
        #expect(try await pack.judgement().probabilities[ConstantParts.two] == 0)
        let tried = try await pack.judgement(experimental: true).probabilities[ConstantParts.two]
        #expect(abs(try #require(tried) - 0.9) < 1e-6)
    }
}
