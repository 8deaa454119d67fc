import Foundation

/// Where the OpenVINO runtime and the packs lie on this machine.
public struct Installation: Hashable, Sendable {
    /// `libopenvino_c.so…`, if there is one.
    public let openVINO: String?
    /// Folders with packs in them; the first pack of a name wins.
    public let packFolders: [String]

    /// What fetches packs, and the folder it puts them into; `nil` where Framesift's scripts are not beside it.
    public let fetching: Fetching?
    /// The folder that a user's own packs are copied into.
    public let ownPacks: String?

    public struct Fetching: Hashable, Sendable {
        public let script: String
        public let folder: String

        public init(script: String, folder: String) {
            self.script = script
            self.folder = folder
        }
    }

    public init(openVINO: String?, packFolders: [String], fetching: Fetching? = nil, ownPacks: String? = nil) {
        self.openVINO = openVINO
        self.packFolders = packFolders
        self.fetching = fetching
        self.ownPacks = ownPacks
    }

    /// Looks in `FRAMESIFT_RUNTIME`, then in `.deps` beside the program or above it, then in
    /// `~/.local/share/framesift` and `/usr/local/share/framesift`. Packs are also found in the folders of
    /// `FRAMESIFT_PACKS` (separated by colons), which come first. Packs are fetched by `scripts/fetch-packs` beside the
    /// first such `.deps`.
    public static func find(environment: [String: String], program: String) -> Installation {
        var roots: [String] = []
        if let named = environment["FRAMESIFT_RUNTIME"] { roots.append(named) }
        var folder = URL(fileURLWithPath: program).resolvingSymlinksInPath().deletingLastPathComponent()
        while folder.path != "/" {
            roots.append(folder.appendingPathComponent(".deps").path)
            folder.deleteLastPathComponent()
        }
        let fetching = roots.lazy.compactMap(fetching(into:)).first
        let data = environment["XDG_DATA_HOME"] ?? environment["HOME"].map { $0 + "/.local/share" }
        if let data { roots.append(data + "/framesift") }
        roots.append("/usr/local/share/framesift")

        let own = (environment["FRAMESIFT_PACKS"] ?? "").split(separator: ":").map(String.init)
        let library = roots.lazy.compactMap { openVINOLibrary(in: $0 + "/openvino/libs") }.first
        return Installation(
            openVINO: library, packFolders: own + roots.map { $0 + "/packs" }, fetching: fetching,
            ownPacks: data.map { $0 + "/framesift/packs" })
    }

    private static func fetching(into root: String) -> Fetching? {
        guard root.hasSuffix("/.deps") else { return nil }
        let script = root.dropLast(".deps".count) + "scripts/fetch-packs"
        guard FileManager.default.isExecutableFile(atPath: String(script)) else { return nil }
        return Fetching(script: String(script), folder: root + "/packs")
    }

    private static func openVINOLibrary(in folder: String) -> String? {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return files.filter { $0.hasPrefix("libopenvino_c.so") }.sorted().last.map { folder + "/" + $0 }
    }
}
