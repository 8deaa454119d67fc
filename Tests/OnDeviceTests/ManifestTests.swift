import Digests
import Foundation
import Moderation
import OnDevice
import TestSupport
import Testing

/// A pack of a file that is no model: nothing here opens one.
private struct Draft {
    let folder: TemporaryFolder

    static let manifest = """
        name: mine
        version: "1"
        kind: classifier
        licence: MIT
        models:
          classifier:
            file: model.onnx
            sha256: \(sha256("a model"))
        input: {layout: nchw, channels: rgb, resize: [8, 8], mean: [0, 0, 0], scale: 1}
        views: whole
        outputs:
          0: warehouse.fire
          1: weapon
        """

    init(_ manifest: String = manifest, files: [String: String] = ["model.onnx": "a model"]) throws {
        folder = try TemporaryFolder()
        for (name, text) in files.merging(["pack.yaml": manifest], uniquingKeysWith: { $1 }) {
            try Data(text.utf8).write(to: folder.url.appendingPathComponent(name))
        }
    }

    func pack() throws -> Pack { try Pack(folder: folder.url.path) }

    /// What is said of a manifest that is refused, or `nil`.
    static func refusal(_ manifest: String) throws -> String? {
        let draft = try Draft(manifest)
        defer { draft.folder.remove() }
        do {
            _ = try draft.pack()
            return nil
        } catch let error as OnDeviceError where error.code == .badManifest {
            return error.description
        }
    }
}

private func sha256(_ text: String) -> String {
    Digest(.sha256, of: Data(text.utf8)).hexadecimal
}

@Suite struct ManifestTests {
    private static let mistakes: [(change: String, into: String, said: String)] = [
        ("  1: weapon", "  0: weapon", "0 twice"),
        ("views: whole", "views: everywhere", "views"),
        ("views: whole", "views: {weapon: everywhere}", "views.weapon"),
        ("views: whole", "views: {cats: tiles}", "cats"),
        ("kind: classifier", "kind: oracle", "“oracle”"),
        ("licence: MIT", "", "licence is missing"),
        ("file: model.onnx", "", "models.classifier.file is missing"),
        ("file: model.onnx", "file: /etc/passwd", "outside"),
        ("file: model.onnx", "file: model.xml", "has weights"),
        ("  classifier:", "  detector:", "classifier"),
        ("  1: weapon", "  one: weapon", "outputs"),
        ("  1: weapon", "  1: weapon\nmeasured: {cats: good}", "cats"),
        ("  1: weapon", "  1: weapon\n gain: [", "not valid YAML"),
        ("  1: weapon", "  1: weapon\ngain: {weapon: much}", "gain"),
    ]

    @Test(arguments: mistakes)
    func `a mistake in a manifest is told in one sentence that names it`(
        change: String, into: String, said: String
    ) throws {
        #expect(try Draft.refusal(Draft.manifest) == nil)
        #expect(Draft.manifest.contains(change))
        let sentence = try #require(
            try Draft.refusal(Draft.manifest.replacingOccurrences(of: change, with: into)))
        #expect(sentence.contains(said) && sentence.contains("/pack.yaml: "), "\(sentence)")
        #expect(sentence.hasSuffix(".") && !sentence.contains("\n") && !sentence.contains("Context("), "\(sentence)")
    }

    @Test func `a file that is another than its checksum's is told`() throws {
        let right = try Draft(), wrong = try Draft(files: ["model.onnx": "another model"]), none = try Draft(files: [:])
        defer { for draft in [right, wrong, none] { draft.folder.remove() } }
        #expect(throws: Never.self) { try right.pack().verify() }
        #expect { try wrong.pack().verify() } throws: { ($0 as? OnDeviceError)?.code == .wrongChecksum }
        #expect { try none.pack().verify() } throws: { ($0 as? OnDeviceError)?.code == .notInstalled }
    }

    @Test func `an OpenVINO IR is checked together with its weights`() throws {
        let manifest = Draft.manifest.replacingOccurrences(
            of: "    file: model.onnx",
            with: "    file: model.xml\n    weights: {file: model.bin, sha256: \(sha256("weights"))}")
        let right = try Draft(manifest, files: ["model.xml": "a model", "model.bin": "weights"])
        let wrong = try Draft(manifest, files: ["model.xml": "a model", "model.bin": "other weights"])
        let none = try Draft(manifest, files: ["model.xml": "a model"])
        defer { for draft in [right, wrong, none] { draft.folder.remove() } }
        #expect(throws: Never.self) { try right.pack().verify() }
        #expect { try wrong.pack().verify() } throws: { ($0 as? OnDeviceError)?.code == .wrongChecksum }
        #expect { try none.pack().verify() } throws: { "\($0)".contains("model.bin is missing") }
    }

    @Test func `every pack that can be fetched is known to the program`() throws {
        let folder = Fixtures.root.appendingPathComponent("Sources/OnDevice/Packs").path
        let manifests = try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".yaml") }
        let entries = try Catalogue(folder: "").entries
        #expect(entries.map { $0.pack.name + ".yaml" } == manifests.sorted())
        #expect(entries.allSatisfy { $0.download > 0 && !$0.pack.licence.isEmpty })
    }
}
