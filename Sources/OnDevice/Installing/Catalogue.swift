import Foundation
import Moderation

/// The packs that can be fetched, whether or not they are installed. The list is built into the program.
public struct Catalogue: Sendable {
    /// A pack that can be fetched.
    public struct Entry: Sendable {
        /// The pack, read from its built-in manifest. Its files may be missing.
        public let pack: Pack
        /// The bytes to download.
        public let download: Int
        /// Whether the pack's license restricts it so much that it is fetched only if asked for by name.
        public let isOnlyByName: Bool
    }

    /// Sorted by name.
    public let entries: [Entry]

    /// The embedded manifests of the folder `Packs`.
    static let manifests = [
        PackageResources.drawing_yaml, PackageResources.efficientnet_lite0_yaml, PackageResources.faces_yaml,
        PackageResources.hands_yaml, PackageResources.nudenet_yaml, PackageResources.open_nsfw_yaml,
        PackageResources.pp_ocr_yaml,
    ]

    private struct Sources: Decodable {
        struct Wheel: Decodable { let bytes: Int }
        struct File: Decodable { let wheel: String }
        struct Pack: Decodable {
            let files: [File]
            let onlyByName: Bool?
        }

        let wheels: [String: Wheel]
        let packs: [String: Pack]
    }

    /// - Parameter folder: Where packs are fetched to.
    /// - Throws: `OnDeviceError.badManifest` if a built-in manifest is wrong.
    public init(folder: String) throws {
        guard let sources = try? JSONDecoder().decode(Sources.self, from: Data(PackageResources.sources_json)) else {
            throw OnDeviceError(.badManifest, "The built-in sources.json cannot be decoded.")
        }
        entries = try Self.manifests.map { bytes in
            let manifest = try Manifest(text: String(decoding: bytes, as: UTF8.self), path: "A built-in manifest")
            let name = manifest.common.name
            guard let source = sources.packs[name] else {
                throw manifest.refusal("sources.json does not list \(name).")
            }
            return Entry(
                pack: try Pack(manifest, folder: folder + "/" + name),
                download: Set(source.files.map(\.wheel)).reduce(0) { $0 + (sources.wheels[$1]?.bytes ?? 0) },
                isOnlyByName: source.onlyByName ?? false)
        }.sorted { $0.pack.name < $1.pack.name }
    }

    /// The pack of a name, if there is one.
    public subscript(name: String) -> Entry? { entries.first { $0.pack.name == name } }

    /// The packs to fetch: freely usable, not installed, and judging categories that no installed pack judges.
    /// - Parameters:
    ///   - asked: The categories to judge; `nil` for all.
    ///   - installed: The installed packs.
    ///   - experimental: Whether experimental categories count.
    func missing(
        for asked: Set<ContentCategory>?, beside installed: [Pack], experimental: Bool
    ) -> [Entry] {
        let served = OnDeviceJudge.categories(of: installed, experimental: experimental)
        return entries.filter { entry in
            if entry.isOnlyByName || installed.contains(where: { $0.name == entry.pack.name }) { return false }
            let judged = entry.pack.judged(experimental: experimental)
            return asked.map { !judged.isDisjoint(with: $0.subtracting(served)) } ?? true
        }
    }
}
