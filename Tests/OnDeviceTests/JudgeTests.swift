import Foundation
import FrameSampling
import Moderation
import OnDevice
import TestSupport
import Testing

let installation = Installation(
    openVINO: Installation.find(environment: [:], program: #filePath).openVINO,
    packFolders: [Fixtures.root.appendingPathComponent(".deps/packs").path])

func still(_ path: String) async throws -> DecodedPicture {
    let sampler = try await FrameSampler.open(.path(path), options: SamplingOptions())
    return try #require(try await sampler.next()?.picture)
}

@Suite struct JudgeTests {
    @Test func `nudity scores are the reference package's`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let reference = try JSONDecoder().decode(
            [String: Double].self,
            from: try Python(program: "OnDevice/reference.py", [folder.url.path], in: "reference").run().output)
        let judge = try OnDeviceJudge(installation, for: [.nudityExplicit], version: "test")
        var differences: [Double] = []
        for (name, expected) in reference {
            let picture = try await still(folder.url.appendingPathComponent(name).path)
            let judgement = try await judge.judge(picture, for: [.nudityExplicit])
            differences.append(abs(try #require(judgement.probabilities[.nudityExplicit]) - expected))
        }
        let natural = [
            "astronaut", "brick", "chelsea", "coffee", "color", "grass", "hubble_deep_field", "ihc", "motorcycle_left",
            "retina", "rocket",
        ].map { "natural-\($0).png" }
        let skin = (0..<60).map { String(format: "skin-%02d.png", $0) }
        #expect(Set(reference.keys).symmetricDifference(natural + skin) == [])
        // The comparison means something only where scores are neither 0 nor 1.
        #expect(reference.values.count { (0.1...0.9).contains($0) } >= 40)
        // What half floats cost. Brain floats, which some processors would take in their place, cost up to ten times as much.
        #expect(differences.max() ?? 1 <= 0.005)
    }

    @Test func `a face is found where it is, with its features in place`() async throws {
        let path = try Fixtures.skimage("astronaut.png")
        let judge = try OnDeviceJudge(installation, for: [.face], version: "test")
        let judgement = try await judge.judge(try await still(path), for: [.face, .faceMultiple])
        let face = try #require(judgement.findings.faces?.first)
        #expect(judgement.findings.faces?.count == 1)
        #expect(judgement.probabilities[.faceMultiple] == 0)
        // Where one sees it in the portrait: left of the middle, in the upper half.
        #expect(face.x1 > 0.25 && face.x2 < 0.62 && face.y1 > 0.05 && face.y2 < 0.45)
        let left = try #require(face.features["left_eye"]), right = try #require(face.features["right_eye"])
        let nose = try #require(face.features["nose_tip"]), mouth = try #require(face.features["left_mouth_corner"])
        #expect(right.x < nose.x && nose.x < left.x)
        #expect(left.y < nose.y && nose.y < mouth.y && mouth.y < face.y2)
    }

    @Test func `a wall has no face and no code`() async throws {
        let path = try Fixtures.skimage("brick.png")
        let judge = try OnDeviceJudge(installation, for: [.face], version: "test")
        let judgement = try await judge.judge(try await still(path), for: [.face, .qr])
        #expect(judgement.probabilities == [.face: 0, .qr: 0])
    }

    @Test func `a code and a face are found in a photo that is decoded scaled, where they are in the whole one`()
        async throws
    {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.url.appendingPathComponent("photo.jpg").path
        let code = folder.url.appendingPathComponent("qr.png").path
        _ = try run("qrencode", ["-s", "24", "-o", code, "framesift"])
        let script = """
            import sys, skimage.data
            from PIL import Image
            photo = Image.fromarray(skimage.data.astronaut()).resize((5600, 5600), Image.Resampling.BICUBIC)
            photo.paste(Image.open(sys.argv[1]).convert("RGB"), (4500, 200))
            photo.save(sys.argv[2], quality=90)
            """
        try Python(lines: script, [code, path], in: "reference").run().ending()
        let bytes = try Data(contentsOf: URL(filePath: path))
        let asked: Set<ContentCategory> = [.nudityExplicit, .face, .qr, .qualityBrightness]
        let judge = try OnDeviceJudge(installation, for: asked, version: "test")
        let scaled = try #require(try ImageReader(bytes, maxPixels: .max, longestSide: judge.longestSide).next())
        let whole = try #require(try ImageReader(bytes, maxPixels: .max).next())
        #expect(try scaled.decodedBytes().count == whole.decodedBytes().count / 4)
        let found = try await judge.judge(scaled, for: asked), expected = try await judge.judge(whole, for: asked)
        for (category, probability) in expected.probabilities {
            #expect(abs(try #require(found.probabilities[category]) - probability) <= 0.01, "\(category)")
        }
        #expect(found.findings.qrCodes == ["framesift"])
        let face = try #require(found.findings.faces?.first), other = try #require(expected.findings.faces?.first)
        #expect(abs(face.x1 - other.x1) < 0.01 && abs(face.y2 - other.y2) < 0.01)
    }

    @Test func `a score does not depend on what else a large photo is judged for`() throws {
        let narrow = try OnDeviceJudge(installation, for: [.nudityExplicit], version: "test")
        let wide = try OnDeviceJudge(installation, for: [.nudityExplicit, .face, .qr], version: "test")
        #expect(narrow.longestSide == 1280 && wide.longestSide == 1280)
    }

    @Test func `a QR code is read`() async throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.url.appendingPathComponent("qr.png").path
        _ = try run("qrencode", ["-s", "6", "-o", path, "https://example.org/ä"])
        let judge = try OnDeviceJudge(installation, for: [.qr], version: "test")
        let judgement = try await judge.judge(try await still(path), for: [.qr])
        #expect(judgement.probabilities == [.qr: 1])
        #expect(judgement.findings.qrCodes == ["https://example.org/ä"])
    }

    @Test func `properties tell a flat picture from a detailed one`() async throws {
        let judge = try OnDeviceJudge(installation, for: [.qualitySharpness], version: "test")
        let asked: Set<ContentCategory> = [.qualitySharpness, .qualityContrast, .qualityBrightness]
        let corners = try await judge.judge(try await still(Fixtures.still("corners.png")), for: asked)
        let detailed = try await judge.judge(try await still(Fixtures.still("odd.png")), for: asked)
        let colors = try #require(corners.findings.colors)
        #expect(colors.contains("#0000fe") || colors.contains("#0000ff"))
        let flat = try #require(corners.probabilities[.qualitySharpness])
        #expect(flat < (try #require(detailed.probabilities[.qualitySharpness])))
    }
}

@Suite struct PackTests {
    private func pack(_ change: (String) -> String, model: Data? = nil) throws -> (Pack, TemporaryFolder) {
        let folder = try TemporaryFolder()
        let source = Fixtures.root.appendingPathComponent(".deps/packs/open-nsfw")
        let manifest = change(try String(contentsOf: source.appendingPathComponent("pack.yaml"), encoding: .utf8))
        try Data(manifest.utf8).write(to: folder.url.appendingPathComponent("pack.yaml"))
        try (model ?? Data(contentsOf: source.appendingPathComponent("open-nsfw.onnx")))
            .write(to: folder.url.appendingPathComponent("open-nsfw.onnx"))
        return (try Pack(folder: folder.url.path), folder)
    }

    @Test func `a user's pack with a category of its own is served`() async throws {
        let (pack, folder) = try pack { $0.replacingOccurrences(of: "nudity.explicit", with: "warehouse.fire") }
        defer { folder.remove() }
        let own = ContentCategory(rawValue: "warehouse.fire")
        #expect(pack.categories == [own])
        let parent = try TemporaryFolder()
        defer { parent.remove() }
        try FileManager.default.moveItem(at: folder.url, to: parent.url.appendingPathComponent("fire"))
        let mine = Installation(openVINO: installation.openVINO, packFolders: [parent.url.path])
        let judge = try OnDeviceJudge(mine, for: [own], version: "test")
        let judgement = try await judge.judge(try await still(Fixtures.still("odd.png")), for: [own])
        #expect(judgement.probabilities[own] != nil)
    }

    @Test func `a model that is not the one its pack names is never opened`() throws {
        let (_, folder) = try pack({ $0 }, model: Data("not a model".utf8))
        defer { folder.remove() }
        let parent = try TemporaryFolder()
        defer { parent.remove() }
        try FileManager.default.moveItem(at: folder.url, to: parent.url.appendingPathComponent("wrong"))
        let mine = Installation(openVINO: installation.openVINO, packFolders: [parent.url.path])
        #expect { try OnDeviceJudge(mine, for: [.nudityExplicit], version: "test") } throws: {
            ($0 as? OnDeviceError)?.code == .wrongChecksum
        }
    }

    @Test(arguments: [
        "file: open-nsfw.onnx → file: ../../etc/passwd", "crop: [224, 224] → crop: [300, 300]",
        "layout: nhwc → layout: x",
        "resize: [256, 256] → resize: [256]", "  1: nudity.explicit → ",
        "kind: classifier → kind: classifier\nfiles: {en: {file: ../words.txt, sha256: x}}",
    ])
    func `a manifest that makes no sense is refused`(change: String) throws {
        let parts = change.components(separatedBy: " → ")
        #expect { try pack { $0.replacingOccurrences(of: parts[0], with: parts.count > 1 ? parts[1] : "") } } throws: {
            ($0 as? OnDeviceError)?.code == .badManifest
        }
    }

    @Test func `without the runtime the error names the command that helps`() {
        let nothing = Installation(openVINO: nil, packFolders: installation.packFolders)
        #expect { try OnDeviceJudge(nothing, for: [.nudityExplicit], version: "test") } throws: {
            "\($0)".contains("scripts/setup")
        }
        #expect(throws: Never.self) { try OnDeviceJudge(nothing, for: [.qr], version: "test") }
    }
}
