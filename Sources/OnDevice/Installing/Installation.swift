import Foundation

/// Where OpenVINO and the packs are on this machine.
public struct Installation: Hashable, Sendable {
    /// The path of `libopenvino_c.so…`, if it was found.
    public let openVINO: String?
    /// The folders that contain packs. The first pack of a name counts.
    public let packFolders: [String]

    /// How to fetch packs; `nil` if Framesift's scripts were not found.
    public let fetching: Fetching?
    /// The folder that users' own packs are copied to.
    public let ownPacks: String?

    /// The paths of the script that fetches packs and of the folder it puts them in.
    public struct Fetching: Hashable, Sendable {
        /// The path of `fetch-packs`.
        public let script: String
        /// The path of the folder for fetched packs.
        public let folder: String
    }

    /// Creates an installation from its values, without looking at the disk.
    public init(openVINO: String?, packFolders: [String], fetching: Fetching? = nil, ownPacks: String? = nil) {
        self.openVINO = openVINO
        self.packFolders = packFolders
        self.fetching = fetching
        self.ownPacks = ownPacks
    }

    /// Finds the installation on this machine.
    ///
    /// Looks in `FRAMESIFT_RUNTIME`, then in `.deps` in the program's folder and all folders above it, then in
    /// `~/.local/share/framesift` and `/usr/local/share/framesift`, then where the Debian package puts them: the runtime in
    /// `/usr/lib/framesift`, packs in `/usr/share/framesift`. The folders of `FRAMESIFT_PACKS`, separated by colons, are
    /// searched for packs first. `scripts/fetch-packs` next to the first such `.deps` fetches packs.
    /// - Parameters:
    ///   - environment: The process's environment variables.
    ///   - program: The path of the running program.
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
        roots += ["/usr/local/share/framesift", "/usr/lib/framesift", "/usr/share/framesift"]

        let own = (environment["FRAMESIFT_PACKS"] ?? "").split(separator: ":").map(String.init)
        let library = roots.lazy.compactMap { openVINOLibrary(in: $0 + "/openvino/libs") }.first
        return Installation(
            openVINO: library, packFolders: own + roots.map { $0 + "/packs" }, fetching: fetching,
            ownPacks: data.map { $0 + "/framesift/packs" })
    }

    /// The folders and files that judging reads: the runtime, the packs, and what links in packs lead to.
    public var paths: [String] {
        let packs = Pack.found(in: self).flatMap { found in
            [found.folder] + ((try? found.pack.get().fileNames) ?? []).map { found.folder + "/" + $0 }
        }
        return [openVINO.map { URL(filePath: $0).deletingLastPathComponent().path }].compactMap(\.self) + packFolders
            + packs
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
