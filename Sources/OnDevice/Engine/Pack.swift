import Base
import Digests
import Foundation
import Moderation

/// A model and the information needed to use it: a folder with a `pack.yaml` and the files it lists.
public struct Pack: Sendable {
    /// Identifies the pack.
    public let name: String
    /// Changes whenever the pack's scores may change.
    public let version: String
    /// SPDX identifier.
    public let licence: String
    /// The path of the pack's folder.
    public let folder: String
    /// The categories that the pack can judge, including experimental ones.
    public let categories: Set<ContentCategory>
    /// The categories it judges too poorly to be offered by default, each with a sentence on what was measured.
    public let experimental: [ContentCategory: String]
    /// The other categories for which something was measured, each with a sentence on it.
    public let measured: [ContentCategory: String]

    static let manifestName = "pack.yaml"

    let kind: any PackKind
    let precision: Manifest.Precision
    private let models: [String: Manifest.Model]
    private let files: [Manifest.File]

    /// Reads a pack's manifest. No other file is opened.
    /// - Parameter folder: The path of the folder with `pack.yaml`.
    /// - Throws: `OnDeviceError.badManifest`.
    public init(folder: String) throws {
        try self.init(try Manifest(path: folder + "/" + Self.manifestName), folder: folder)
    }

    /// - Parameter folder: The folder of its files, which need not exist yet.
    /// - Throws: `OnDeviceError.badManifest`.
    init(_ manifest: Manifest, folder: String) throws {
        let common = manifest.common
        guard let kind = PackKinds.all.first(where: { $0.name == common.kind }) else {
            let kinds = PackKinds.all.map { $0.name }.joined(separator: ", ")
            throw manifest.refusal("there is no kind “\(common.kind)”; the kinds are \(kinds).")
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
        _ texts: [String: String]?, of categories: Set<ContentCategory>, in manifest: Manifest
    ) throws -> [ContentCategory: String] {
        try (texts ?? [:]).reduce(into: [:]) { result, entry in
            let category = ContentCategory(rawValue: entry.key)
            guard categories.contains(category) else {
                throw manifest.refusal("it describes \(category), which it does not judge.")
            }
            result[category] = entry.value
        }
    }

    /// The categories it judges.
    /// - Parameter experimental: Whether to include experimental categories.
    public func judged(experimental: Bool) -> Set<ContentCategory> {
        experimental ? categories : categories.subtracting(self.experimental.keys)
    }

    /// The names of its files other than the manifest.
    var fileNames: [String] { files.map(\.file).sorted() }

    /// The sum of its files' sizes in bytes, without the manifest.
    public var size: Int {
        files.reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: folder + "/" + file.file)
            return sum + ((attributes?[.size] as? NSNumber)?.intValue ?? 0)
        }
    }

    /// Reads all of its files and compares their SHA-256 with the manifest.
    /// - Throws: `OnDeviceError.notInstalled` or `wrongChecksum`, or an error of `FileHandle` if a file cannot be read.
    public func verify() throws {
        for file in files { try verify(file) }
    }

    /// The path of one of its models, after checking the model's files.
    func verifiedPath(of model: String) throws -> String {
        guard let named = models[model] else {
            throw OnDeviceError(.badManifest, "The pack \(name) has no model “\(model)”.")
        }
        for file in named.files { try verify(file) }
        return folder + "/" + named.file
    }

    /// The path of one of its other files, after checking it.
    func verifiedPath(of file: Manifest.File) throws -> String {
        try verify(file)
        return folder + "/" + file.file
    }

    private func verify(_ file: Manifest.File) throws {
        let path = folder + "/" + file.file
        guard FileManager.default.isReadableFile(atPath: path) else {
            throw OnDeviceError(.notInstalled, "\(path) is missing; run scripts/setup.")
        }
        let digest = try Digest(.sha256, ofFile: path).hexadecimal
        guard digest == file.sha256 else {
            throw OnDeviceError(
                .wrongChecksum,
                "\(path) is not the file its pack names (SHA-256 \(digest)); scripts/setup restores built-in packs."
            )
        }
    }

    /// A folder with a manifest.
    public struct Found: Sendable {
        /// The folder's path.
        public let folder: String
        /// The pack, or what is wrong with the manifest (`OnDeviceError.badManifest`).
        public let pack: Result<Pack, any Error>
    }

    /// All folders with a manifest in the pack folders of an installation, in order of precedence.
    public static func found(in installation: Installation) -> [Found] {
        installation.packFolders.flatMap { parent in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
            return names.sorted().compactMap { name -> Found? in
                let folder = parent + "/" + name
                // Hidden folders are packs that are still being copied.
                guard !name.hasPrefix("."), FileManager.default.fileExists(atPath: folder + "/" + manifestName) else {
                    return nil
                }
                return Found(folder: folder, pack: Result { try Pack(folder: folder) })
            }
        }
    }

    /// The packs of an installation, sorted by name. The first one of each name counts.
    /// - Throws: `OnDeviceError.badManifest`.
    public static func all(in installation: Installation) throws -> [Pack] {
        let named = try found(in: installation).map { try $0.pack.get() }.map { ($0.name, $0) }
        return Dictionary(named) { first, _ in first }.values.sorted { $0.name < $1.name }
    }
}
