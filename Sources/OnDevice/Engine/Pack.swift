import Base
import Crypto
import Foundation
import Moderation

/// A model and what has to be known to use it: a folder with a `pack.yaml` and the files it names.
public struct Pack: Sendable {
    public let name: String
    public let version: String
    /// SPDX identifier.
    public let licence: String
    public let folder: String
    /// What the pack can judge, experiments included.
    public let categories: Set<Moderation.Category>
    /// What it judges too badly to promise, and what was measured of that, one sentence each.
    public let experimental: [Moderation.Category: String]
    /// What was measured of the rest, one sentence each.
    public let measured: [Moderation.Category: String]

    static let manifestName = "pack.yaml"

    let kind: any PackKind
    let precision: Manifest.Precision
    private let models: [String: Manifest.Model]
    private let files: [Manifest.File]

    /// Reads `folder/pack.yaml`. Throws `OnDeviceError.badManifest`.
    public init(folder: String) throws {
        try self.init(try Manifest(path: folder + "/" + Self.manifestName), folder: folder)
    }

    /// - Parameter folder: Where its files are, or will be.
    /// - Throws: `OnDeviceError.badManifest`.
    init(_ manifest: Manifest, folder: String) throws {
        let common = manifest.common
        guard let kind = PackKinds.all.first(where: { $0.name == common.kind }) else {
            let kinds = PackKinds.all.map { $0.name }.joined(separator: ", ")
            throw manifest.refusal("there is no kind “\(common.kind)”; there are \(kinds).")
        }
        self.folder = folder
        self.kind = try kind.init(manifest)
        (name, version, licence, models) = (common.name, common.version, common.licence, common.models)
        precision = common.precision ?? .f32
        files = common.allFiles
        categories = self.kind.categories
        experimental = try Self.sentences(common.experimental, of: categories, in: manifest)
        measured = try Self.sentences(common.measured, of: categories, in: manifest)
    }

    private static func sentences(
        _ texts: [String: String]?, of categories: Set<Moderation.Category>, in manifest: Manifest
    ) throws -> [Moderation.Category: String] {
        try (texts ?? [:]).reduce(into: [:]) { result, entry in
            let category = Moderation.Category(rawValue: entry.key)
            guard categories.contains(category) else {
                throw manifest.refusal("it tells of \(category), which it does not judge.")
            }
            result[category] = entry.value
        }
    }

    /// What it judges, with or without its experiments.
    public func judged(experimental: Bool) -> Set<Moderation.Category> {
        experimental ? categories : categories.subtracting(self.experimental.keys)
    }

    /// The files that its manifest names.
    var fileNames: [String] { files.map(\.file).sorted() }

    /// Sum of its files' sizes, bytes.
    public var size: Int {
        files.reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + file.file)
            return sum + ((attributes?[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    /// Reads every file it names. Throws `OnDeviceError` unless each has its checksum.
    public func verify() throws {
        for file in files { try verify(file) }
    }

    /// The path of one of its models, once the checksums of its files were found right.
    func verifiedPath(of model: String) throws -> String {
        guard let named = models[model] else {
            throw OnDeviceError(.badManifest, "The pack \(name) has no model “\(model)”.")
        }
        for file in named.files { try verify(file) }
        return folder + "/" + named.file
    }

    /// The path of one of its other files, once its checksum was found right.
    func verifiedPath(of file: Manifest.File) throws -> String {
        try verify(file)
        return folder + "/" + file.file
    }

    private func verify(_ file: Manifest.File) throws {
        let path = folder + "/" + file.file
        guard let handle = FileHandle(forReadingAtPath: path) else {
            throw OnDeviceError(.notInstalled, "\(path) is missing; run scripts/setup.")
        }
        defer { try? handle.close() }
        var hash = SHA256()
        while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty { hash.update(data: chunk) }
        let digest = hash.finalize().hexadecimal
        guard digest == file.sha256 else {
            throw OnDeviceError(
                .wrongChecksum,
                "\(path) is not the file its pack names (SHA-256 \(digest)); scripts/setup fetches those it knows again."
            )
        }
    }

    /// A folder with a manifest, and the pack that it makes, or what is wrong with it.
    public struct Found: Sendable {
        public let folder: String
        public let pack: Result<Pack, any Error>
    }

    /// Every folder with a manifest in the folders of an installation.
    public static func found(in installation: Installation) -> [Found] {
        installation.packFolders.flatMap { parent in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
            return names.sorted().compactMap { name -> Found? in
                let folder = parent + "/" + name
                // Hidden ones are being put in their place.
                guard !name.hasPrefix("."), FileManager.default.fileExists(atPath: folder + "/" + manifestName) else {
                    return nil
                }
                return Found(folder: folder, pack: Result { try Pack(folder: folder) })
            }
        }
    }

    /// Every pack of an installation, by name; the first of a name counts. Throws `OnDeviceError.badManifest`.
    public static func all(in installation: Installation) throws -> [Pack] {
        var packs: [String: Pack] = [:]
        for found in found(in: installation) {
            let pack = try found.pack.get()
            if packs[pack.name] == nil { packs[pack.name] = pack }
        }
        return packs.values.sorted { $0.name < $1.name }
    }
}
