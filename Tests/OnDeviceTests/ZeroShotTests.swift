import Digests
import Foundation
import FrameSampling
import Moderation
import TestSupport
import Testing

@testable import OnDevice

private let gore = ContentCategory.gore
private let tobacco = ContentCategory(rawValue: "tobacco")
private let rest = ContentCategory(rawValue: "rest")

/// Packs that `make-zero-shot-pack` made of tiny models, and what the models' own libraries say; see `own-models.py`.
private enum OwnModels {
    static let folder = Fixtures.root.appendingPathComponent("Tests/OnDeviceTests/own-models")

    /// Of scikit-image's.
    static let pictures = [
        "astronaut.png", "brick.png", "cell.png", "chelsea.png", "clock_motion.png", "coffee.png", "color.png",
        "hubble_deep_field.jpg", "ihc.png", "motorcycle_left.png", "page.png", "rocket.jpg",
    ]

    /// Probabilities by pack and picture: of the sentences, or of the classes.
    static func expected(_ pack: String) throws -> [String: [Double]] {
        let data = try Data(contentsOf: folder.appendingPathComponent("expected.json"))
        return try #require(try JSONDecoder().decode([String: [String: [Double]]].self, from: data)[pack])
    }

    /// A copy of a pack.
    /// - Parameters:
    ///   - change: Of its manifest.
    ///   - embeddings: Of its sentences, with a manifest that agrees.
    static func installation(
        _ pack: String, embeddings: ((inout Data) -> Void)? = nil, change: (String) -> String = { $0 }
    ) throws -> (Installation, TemporaryFolder) {
        let parent = try TemporaryFolder()
        let copy = parent.url.appendingPathComponent(pack)
        try FileManager.default.copyItem(at: folder.appendingPathComponent(pack), to: copy)
        var manifest = change(try String(contentsOf: copy.appendingPathComponent("pack.yaml"), encoding: .utf8))
        if let embeddings {
            let file = copy.appendingPathComponent("text.f32")
            var data = try Data(contentsOf: file)
            let old = sha256(data)
            embeddings(&data)
            try data.write(to: file)
            manifest = manifest.replacingOccurrences(of: old, with: sha256(data))
        }
        try Data(manifest.utf8).write(to: copy.appendingPathComponent("pack.yaml"))
        let runtime = Installation.find(environment: [:], program: #filePath).openVINO
        return (Installation(openVINO: runtime, packFolders: [parent.url.path]), parent)
    }

    private static func sha256(_ data: Data) -> String {
        Digest(.sha256, of: data).hexadecimal
    }

    /// What a pack says of each picture.
    static func found(
        _ pack: String, _ categories: Set<ContentCategory>, change: (String) -> String = { $0 }
    ) async throws -> [String: [ContentCategory: Double]] {
        let (installation, copy) = try installation(pack, change: change)
        defer { copy.remove() }
        let judge = try OnDeviceJudge(installation, for: categories, version: "test")
        let plain = try plain.get()
        var result: [String: [ContentCategory: Double]] = [:]
        for name in try expected(pack).keys {
            result[name] = try await judge.judge(try await still("\(plain)/\(name).png"), for: categories).probabilities
        }
        return result
    }

    /// The folder of the pictures as the models' libraries take them: without color profiles and transparency, which they
    /// pass over, and viewers do not.
    private static let plain = Result {
        let folder = try TemporaryFolder().url.path
        try Python(
            lines: """
                import sys
                from PIL import Image
                source, target, *names = sys.argv[1:]
                for name in names:
                    Image.open(source + name).convert("RGB").save(f"{target}/{name}.png", icc_profile=None)
                """, [Fixtures.skimage(""), folder] + pictures, in: "reference"
        ).run().ending()
        return folder
    }
}

@Suite struct ZeroShotTests {
    /// Pixels differ by rounding between Pillow's resampling and ours.
    private static let tolerance = 0.005

    /// Of two sentences about gore, one about tobacco and three about neither.
    @Test(arguments: ["crop", "squash", "siglip"])
    func `a picture's probabilities are those that open_clip gives it`(pack: String) async throws {
        let expected = try OwnModels.expected(pack)
        let found = try await OwnModels.found(pack, [gore, tobacco])
        #expect(Set(expected.keys).symmetricDifference(OwnModels.pictures) == [])
        // The comparison means something only where probabilities are neither 0 nor 1.
        #expect(expected.values.joined().count { (0.1...0.9).contains($0) } >= 15)
        var largest = 0.0
        for (picture, sentences) in expected {
            let both = pack == "siglip" ? max(sentences[0], sentences[1]) : sentences[0] + sentences[1]
            for (category, probability) in [(gore, both), (tobacco, sentences[2])] {
                let difference = abs(try #require(found[picture]?[category]) - probability)
                #expect(difference <= Self.tolerance, "\(picture), \(category)")
                largest = max(largest, difference)
            }
        }
        print("Largest difference from open_clip, \(pack): \(largest)")
    }

    @Test func `how a picture is fitted into the network's square matters`() throws {
        let crop = try OwnModels.expected("crop"), squash = try OwnModels.expected("squash")
        #expect(abs(try #require(crop["coffee.png"])[1] - (try #require(squash["coffee.png"])[1])) > 0.5)
    }

    @Test func `a class's probability is the one that transformers gives it`() async throws {
        let found = try await OwnModels.found("classifier", [.nudityExplicit, tobacco])
        var largest = 0.0
        for (picture, classes) in try OwnModels.expected("classifier") {
            for (category, probability) in [(ContentCategory.nudityExplicit, classes[1]), (tobacco, classes[2])] {
                let difference = abs(try #require(found[picture]?[category]) - probability)
                #expect(difference <= Self.tolerance, "\(picture), \(category)")
                largest = max(largest, difference)
            }
        }
        print("Largest difference from transformers: \(largest)")
    }

    @Test func `what the categories leave of a picture's probability is neutral`() async throws {
        let found = try await OwnModels.found("crop", [gore, tobacco])
        let others = try await OwnModels.found("crop", [rest]) { manifest in
            ["neutral": "rest", "gore": "neutral", "tobacco": "neutral"].reduce(manifest) {
                $0.replacingOccurrences(of: "{category: \($1.key),", with: "{category: !\($1.value),")
            }.replacingOccurrences(of: "category: !", with: "category: ")
        }
        for (picture, probabilities) in found {
            let sum = probabilities.values.reduce(0, +) + (try #require(others[picture]?[rest]))
            #expect(probabilities.count == 2 && abs(sum - 1) < 1e-6, "\(picture)")
        }
    }

    @Test func `without a neutral sentence a pack whose sentences share one probability is refused`() throws {
        func manifestWithoutNeutral(_ pack: String) throws -> Pack? {
            let (installation, copy) = try OwnModels.installation(
                pack, change: { $0.replacingOccurrences(of: "category: neutral", with: "category: rest") })
            defer { copy.remove() }
            return try Pack.all(in: installation).first
        }
        #expect { try manifestWithoutNeutral("crop") } throws: {
            ($0 as? OnDeviceError)?.code == .badManifest && "\($0)".contains("no prompt is neutral")
        }
        #expect(try manifestWithoutNeutral("siglip")?.categories == [gore, tobacco, rest])
    }

    private static let spoiled: [(String, @Sendable (inout Data) -> Void)] = [
        ("a number less", { $0.removeLast(4) }),
        ("a number more", { $0.append(contentsOf: [0, 0, 0, 0]) }),
        ("a byte more", { $0.append(0) }),
        ("no number among them", { $0.replaceSubrange(0..<4, with: [0, 0, 0xC0, 0x7F]) }),
        ("infinity among them", { $0.replaceSubrange(0..<4, with: [0, 0, 0x80, 0x7F]) }),
    ]

    @Test(arguments: spoiled.indices)
    func `embeddings of another size, or that are no numbers, are refused`(index: Int) throws {
        func judge(_ embeddings: @escaping (inout Data) -> Void) throws {
            let (installation, copy) = try OwnModels.installation("crop", embeddings: embeddings)
            defer { copy.remove() }
            _ = try OnDeviceJudge(installation, for: [gore], version: "test")
        }
        #expect(throws: Never.self) { try judge { $0.replaceSubrange(0..<4, with: [0, 0, 0, 0]) } }
        let (what, spoil) = Self.spoiled[index]
        #expect("\(what)") { try judge(spoil) } throws: { ($0 as? OnDeviceError)?.code == .badManifest }
    }
}

@Suite struct OwnPackTests {
    private static let script = Fixtures.root.appendingPathComponent("scripts/make-zero-shot-pack").path

    /// What the script says of prompts, before it looks for a model.
    private func problem(prompts: String) throws -> String {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        try Data(prompts.utf8).write(to: folder.url.appendingPathComponent("prompts.yaml"))
        let pack = folder.url.appendingPathComponent("pack").path
        let made = try Python(
            program: Self.script,
            [
                "timm:resnet18", "--licence", "MIT", "--prompts",
                folder.url.appendingPathComponent("prompts.yaml").path, pack,
            ], in: "reference"
        ).run()
        #expect(made.status == 1 && !FileManager.default.fileExists(atPath: pack))
        return made.errors
    }

    @Test(arguments: [
        ("gore: [a photo of a wound]", "no prompt is neutral"), ("neutral: [a photo]", "every prompt is neutral"),
        ("gore: 7\nneutral: [a photo]", "list of sentences"),
        ("a b: [x]\nneutral: [a photo]", "“a b” is no category"),
        ("gore: [", "no YAML"), ("", "no keys"),
    ])
    func `prompts that make no pack are refused in one sentence`(prompts: String, said: String) throws {
        let errors = try problem(prompts: prompts)
        #expect(errors.contains(said) && errors.hasPrefix("make-zero-shot-pack: "), "\(errors)")
        #expect(errors.split(separator: "\n").count == 1 && !errors.contains("Traceback"), "\(errors)")
        // Good ones get as far as the model.
        #expect(try !problem(prompts: "gore: [a photo of a wound]\nneutral: a photo").contains("prompts.yaml"))
    }

    @Test func `the sample has prompts for every category that no pack judges, and for what has no service`() throws {
        let program = """
            import sys
            sys.path.insert(0, sys.argv[1] + "/scripts")
            from making import inputs
            print(*{pair[0] for pair in inputs.prompts(sys.argv[1] + "/Samples/prompts.yaml")})
            """
        let listed = try Python(lines: program, [Fixtures.root.path], in: "reference").run()
        let names = listed.text.split(whereSeparator: \.isWhitespace)
        let prompts = Set(names.map { ContentCategory(rawValue: String($0)) })
        // Whose faces are those of celebrities is for the user to say.
        let without = Set(ContentCategory.known).subtracting(try OnDeviceJudge.obtainable() + [.celebrity])
        #expect(without.isSuperset(of: [gore, .money, .hate, .drugs]) && without.isDisjoint(with: [.weapon, .face]))
        #expect(without.subtracting(prompts).isEmpty)
        let own: [ContentCategory] = ["tobacco", "gambling", "self-harm", "violence"].map { .init(rawValue: $0) }
        #expect(prompts.isSuperset(of: own))
    }

    private let services = TaskVocabulary(services: ["gore_moderation": [.gore], "wad": [.weapon, .alcohol, .drugs]])

    @Test(arguments: ["gore", "gore_moderation", "tobacco"])
    func `a task that no pack serves is refused with what makes one`(task: String) {
        #expect { try OnDeviceJudge.tasks(task, available: [.qr], in: services) } throws: {
            $0 is TaskError && "\($0)".contains("“\(task)”") && "\($0)".contains("scripts/make-zero-shot-pack")
        }
    }

    @Test func `a task whose pack is only not here is not`() throws {
        #expect { try OnDeviceJudge.tasks("wad", available: [.qr], in: services) } throws: {
            $0 is TaskError && !"\($0)".contains("scripts/make-zero-shot-pack")
        }
        let own = try OnDeviceJudge.tasks("tobacco", available: [tobacco], in: .unified)
        #expect(own.flatMap(\.categories) == [tobacco])
    }
}
