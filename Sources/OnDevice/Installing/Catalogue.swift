import Foundation
import Moderation

/// The packs that can be fetched, whether or not they are here. Part of the program, so that it always knows them.
public struct Catalogue: Sendable {
    public struct Entry: Sendable {
        /// As its manifest has it; its files need not be there.
        public let pack: Pack
        /// Bytes to fetch.
        public let download: Int
        /// Whether its licence is why it is fetched only for those who ask for it by name.
        public let isOnlyByName: Bool
    }

    /// By name.
    public let entries: [Entry]

    /// The manifests of the folder `Packs`, as embedded.
    static let manifests = [
        PackageResources.drawing_yaml, PackageResources.efficientnet_lite0_yaml, PackageResources.faces_yaml,
        PackageResources.hands_yaml, PackageResources.nudenet_yaml, PackageResources.open_nsfw_yaml,
        PackageResources.pp_ocr_yaml,
    ]

    private struct Sources: Codable {
        struct Wheel: Codable { let bytes: Int }
        struct File: Codable { let wheel: String }
        struct Pack: Codable {
            let files: [File]
            let onlyByName: Bool?
        }

        let wheels: [String: Wheel]
        let packs: [String: Pack]
    }

    /// - Parameter folder: Where fetched packs lie, or would.
    /// - Throws: `OnDeviceError` when the program was built from manifests that make no sense.
    public init(folder: String) throws {
        guard let sources = try? JSONDecoder().decode(Sources.self, from: Data(PackageResources.sources_json)) else {
            throw OnDeviceError(.badManifest, "sources.json, as built in, is not understood.")
        }
        entries = try Self.manifests.map { bytes in
            let manifest = try Manifest(text: String(decoding: bytes, as: UTF8.self), path: "A built-in manifest")
            let name = manifest.common.name
            guard let source = sources.packs[name] else {
                throw manifest.refusal("nothing says where \(name) is from.")
            }
            return Entry(
                pack: try Pack(manifest, folder: folder + "/" + name),
                download: Set(source.files.map(\.wheel)).reduce(0) { $0 + (sources.wheels[$1]?.bytes ?? 0) },
                isOnlyByName: source.onlyByName ?? false)
        }.sorted { $0.pack.name < $1.pack.name }
    }

    public subscript(name: String) -> Entry? { entries.first { $0.pack.name == name } }

    /// The free packs that are not here and that judge what no pack here does.
    /// - Parameters:
    ///   - asked: `nil`: everything.
    ///   - installed: The packs that are here.
    ///   - experimental: Whether that which is not good enough to promise counts.
    func missing(
        for asked: Set<Moderation.Category>?, beside installed: [Pack], experimental: Bool
    ) -> [Entry] {
        let served = OnDeviceJudge.categories(of: installed, experimental: experimental)
        return entries.filter { entry in
            if entry.isOnlyByName || installed.contains(where: { $0.name == entry.pack.name }) { return false }
            let judged = entry.pack.judged(experimental: experimental)
            return asked.map { !judged.isDisjoint(with: $0.subtracting(served)) } ?? true
        }
    }
}
