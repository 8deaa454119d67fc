import Crypto
import Foundation
import Moderation
import Yams

/// A model and what has to be known to use it: a folder with a `pack.yaml` and the files it names.
public struct Pack: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, Codable {
        /// Probabilities, one an output.
        case classifier
        /// BlazeFace and face landmarks.
        case faces
    }

    public struct ModelFile: Hashable, Sendable, Codable {
        public let file: String
        /// Lower-case hexadecimal.
        public let sha256: String
    }

    /// How a classifier's input is made of a picture.
    public struct Input: Hashable, Sendable, Codable {
        public enum Layout: String, Hashable, Sendable, Codable { case nhwc, nchw }
        public enum Channels: String, Hashable, Sendable, Codable { case rgb, bgr }

        public let layout: Layout
        public let channels: Channels
        /// Width and height the whole picture is scaled to, its shape ignored.
        public let resize: [Int]
        /// Width and height cut from the middle; `nil`: all of it.
        public let crop: [Int]?
        /// Quality of a JPEG the pixels go through; `nil`: none.
        public let jpegRoundTrip: Int?
        /// Subtracted from each channel (0…255), in the order of `channels`.
        public let mean: [Float]
        /// Multiplied after that.
        public let scale: Float

        enum CodingKeys: String, CodingKey {
            case layout, channels, resize, crop, mean, scale
            case jpegRoundTrip = "jpeg_round_trip"
        }

        var size: (width: Int, height: Int) { crop.map { ($0[0], $0[1]) } ?? (resize[0], resize[1]) }
    }

    public let name: String
    public let version: String
    public let kind: Kind
    /// SPDX identifier.
    public let licence: String
    public let models: [String: ModelFile]
    public let input: Input?
    /// Index in the model's output → category.
    public let outputs: [Int: Moderation.Category]
    public let folder: String

    /// What the pack can judge.
    public var categories: Set<Moderation.Category> {
        kind == .faces ? [.face, .faceMultiple] : Set(outputs.values)
    }

    private struct Manifest: Codable {
        let name: String
        let version: String
        let kind: Kind
        let licence: String
        let models: [String: ModelFile]
        let input: Input?
        let outputs: [Int: String]?
    }

    /// Reads `folder/pack.yaml`. Throws `OnDeviceError.badManifest`.
    public init(folder: String) throws {
        let path = folder + "/pack.yaml"
        guard let data = FileManager.default.contents(atPath: path), data.count <= 64 * 1024 else {
            throw OnDeviceError(.badManifest, "\(path) cannot be read.")
        }
        let manifest: Manifest
        do {
            manifest = try YAMLDecoder().decode(Manifest.self, from: String(decoding: data, as: UTF8.self))
        } catch {
            throw OnDeviceError(.badManifest, "\(path) is not understood: \(error).")
        }
        name = manifest.name
        version = manifest.version
        kind = manifest.kind
        licence = manifest.licence
        models = manifest.models
        input = manifest.input
        outputs = (manifest.outputs ?? [:]).mapValues(Moderation.Category.init(rawValue:))
        self.folder = folder
        try checkShape(path)
    }

    private func checkShape(_ path: String) throws {
        for model in models.values where model.file.contains("/") || model.file.hasPrefix(".") {
            throw OnDeviceError(.badManifest, "\(path) names a file outside its folder: \(model.file).")
        }
        guard kind == .classifier else { return }
        guard let input, models["classifier"] != nil, !outputs.isEmpty else {
            throw OnDeviceError(.badManifest, "\(path) is a classifier without models.classifier, input and outputs.")
        }
        let sizes = input.resize + (input.crop ?? [])
        guard input.resize.count == 2, input.crop?.count ?? 2 == 2, input.mean.count == 3,
            sizes.allSatisfy({ (1...4096).contains($0) }),
            input.size.width <= input.resize[0], input.size.height <= input.resize[1]
        else {
            throw OnDeviceError(
                .badManifest,
                "\(path): resize and crop are two sizes within 1…4096, the crop the smaller; mean is three numbers."
            )
        }
    }

    /// The path of one of its models, once its checksum was found right.
    func verifiedPath(of model: String) throws -> String {
        guard let file = models[model] else {
            throw OnDeviceError(.badManifest, "The pack \(name) has no model “\(model)”.")
        }
        let path = folder + "/" + file.file
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw OnDeviceError(.notInstalled, "\(path) is missing; run scripts/setup.")
        }
        defer { try? handle.close() }
        var hash = SHA256()
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
        let digest = hash.finalize().map { byte in
            let text = String(byte, radix: 16)
            return text.count == 1 ? "0" + text : text
        }.joined()
        guard digest == file.sha256 else {
            throw OnDeviceError(
                .wrongChecksum,
                "\(path) is not the file its pack names (SHA-256 \(digest)); remove it and run scripts/setup."
            )
        }
        return path
    }

    /// Every pack in the folders of an installation, by name; a folder without a manifest is none.
    public static func all(in installation: Installation) throws -> [Pack] {
        var packs: [String: Pack] = [:]
        for folder in installation.packFolders {
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted() {
                let path = folder + "/" + name
                guard FileManager.default.fileExists(atPath: path + "/pack.yaml") else { continue }
                let pack = try Pack(folder: path)
                if packs[pack.name] == nil { packs[pack.name] = pack }
            }
        }
        return packs.values.sorted { $0.name < $1.name }
    }
}
