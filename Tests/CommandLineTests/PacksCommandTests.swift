import Digests
import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// The program in a folder of its own, where no pack lies until a script, which is only a copy, fetches it.
private struct Household {
    let folder: TemporaryFolder
    var program: String { folder.url.path + "/bin/framesift" }
    private static let deps = Fixtures.root.appendingPathComponent(".deps")

    init() throws {
        folder = try TemporaryFolder()
        let files = FileManager.default
        for name in ["bin", "scripts", ".deps/packs"] {
            try files.createDirectory(at: folder.url.appendingPathComponent(name), withIntermediateDirectories: true)
        }
        try files.copyItem(atPath: Fixtures.root.path + "/.build/debug/framesift", toPath: program)
        try files.createSymbolicLink(
            at: folder.url.appendingPathComponent(".deps/openvino"),
            withDestinationURL: Self.deps.appendingPathComponent("openvino"))
    }

    /// Installs what stands in for `scripts/fetch-packs`: it keeps its arguments, and copies packs or fails.
    func provideScript(fails: Bool = false) throws {
        let script = """
            #!/bin/sh
            echo "$@" >>'\(folder.url.path)/asked'
            \(fails ? "exit 1" : "")
            while [ "$1" != --into ]; do names="$names $1"; shift; done
            for name in $names; do cp -r '\(Self.deps.path)/packs/'"$name" "$2/"; done
            """
        let path = folder.url.path + "/scripts/fetch-packs"
        try Data(script.utf8).write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// Installs the real script, which is to be given no real index.
    func provideRealScript() throws {
        try FileManager.default.createSymbolicLink(
            at: folder.url.appendingPathComponent("scripts/fetch-packs"),
            withDestinationURL: Fixtures.root.appendingPathComponent("scripts/fetch-packs"))
    }

    private var environment: [String: String] {
        [
            "HOME": folder.url.path, "XDG_DATA_HOME": folder.url.path + "/data", "FRAMESIFT_PACKS": "",
            "FRAMESIFT_OFFLINE": "", "XDG_STATE_HOME": folder.url.path + "/state",
        ]
    }

    func framesift(_ arguments: String..., environment: [String: String] = [:]) throws -> Finished {
        try run(program, arguments, environment: self.environment.merging(environment) { $1 })
    }

    /// A server on a port that the system picks, which its announcement ends with.
    func serve() throws -> RunningProgram {
        try RunningProgram(
            [program, "serve", "--listen", "127.0.0.1:0", "--log-level", "error"], environment: environment,
            announcing: "listening on ", on: .errors)
    }

    /// The names of packs that the script was asked for, one run each.
    var asked: [[String]] {
        let lines = (try? String(contentsOfFile: folder.url.path + "/asked", encoding: .utf8)) ?? ""
        return lines.split(separator: "\n").map { line in
            line.split(separator: " ").prefix { $0 != "--into" }.map(String.init)
        }
    }

    /// A user's own pack.
    func ownPack(named name: String = "mine", model: String = "a model") throws -> String {
        let own = folder.url.appendingPathComponent("own/\(name)")
        try FileManager.default.createDirectory(at: own, withIntermediateDirectories: true)
        let digest = Digest(.sha256, of: Data("a model".utf8)).hexadecimal
        let manifest = """
            name: \(name)
            version: "3"
            kind: classifier
            licence: CC0-1.0
            models: {classifier: {file: model.onnx, sha256: \(digest)}}
            input: {layout: nchw, channels: rgb, resize: [8, 8], mean: [0, 0, 0], scale: 1}
            outputs: {0: warehouse.fire, 1: warehouse.flood}
            measured: {warehouse.fire: Found on 9 of 10 pictures.}
            experimental: {warehouse.flood: Never tried.}
            """
        try Data(manifest.utf8).write(to: own.appendingPathComponent("pack.yaml"))
        try Data(model.utf8).write(to: own.appendingPathComponent("model.onnx"))
        return own.path
    }
}

@Suite struct FirstNeedTests {
    private static let still = Fixtures.still("still.jpg")

    @Test func `a pack is fetched at the first task that needs it, and judges`() throws {
        let house = try Household()
        defer { house.folder.remove() }
        try house.provideScript()
        #expect(try house.framesift("check", Self.still, "--task", "qr").status == 0)
        #expect(house.asked.isEmpty)
        for _ in 1...2 {
            let finished = try house.framesift("check", Self.still, "--task", "weapon_moderation", "--format", "json")
            #expect(finished.status == 0, "\(finished.errors)")
            #expect(try ModerationResult(json: finished.output).nbImages == 1)
        }
        #expect(house.asked == [["efficientnet-lite0"]])
    }

    @Test func `where no task is named, only the model for nudity is fetched; all fetches every free one`() throws {
        let house = try Household()
        defer { house.folder.remove() }
        try house.provideScript()
        #expect(try house.framesift("check", Self.still).status == 0)
        #expect(house.asked == [["open-nsfw"]])
        #expect(try house.framesift("check", Self.still, "--task", "all").status == 0)
        let rest = try #require(house.asked.last)
        #expect(house.asked.count == 2 && !rest.contains("open-nsfw") && !rest.contains("nudenet"))
        #expect(Set(rest).isSuperset(of: ["drawing", "efficientnet-lite0"]))
    }

    @Test func `what cannot be fetched ends a run with one sentence and 69, and all goes on with what is here`() throws
    {
        let house = try Household()
        defer { house.folder.remove() }
        // No script: the program stands alone.
        let alone = try house.framesift("check", Self.still, "--task", "weapon")
        #expect(alone.status == 69 && alone.errors.contains("scripts/fetch-packs efficientnet-lite0"))
        #expect(try house.framesift("check", Self.still, "--task", "all").status == 0)

        try house.provideScript(fails: true)
        let failing = try house.framesift("check", Self.still, "--task", "weapon")
        #expect(failing.status == 69 && failing.errors.contains("efficientnet-lite0"), "\(failing.errors)")
        #expect(house.asked.count == 1)

        let offline = try house.framesift(
            "check", Self.still, "--task", "weapon", environment: ["FRAMESIFT_OFFLINE": "1"])
        #expect(offline.status == 69 && offline.errors.contains("FRAMESIFT_OFFLINE"))
        #expect(house.asked.count == 1)
        for finished in [alone, failing, offline] {
            #expect(finished.errors.split(separator: "\n").count == 1, "\(finished.errors)")
        }
    }

    @Test func `a server fetches what is missing before it gives up running programs`() throws {
        let house = try Household()
        defer { house.folder.remove() }
        try house.provideScript(fails: true)
        let failing = try house.framesift("serve", "--listen", "127.0.0.1:0")
        #expect(failing.status == 69 && failing.errors.contains("open-nsfw"), "\(failing.errors)")
        try house.provideScript()
        let server = try house.serve()
        defer { server.stop() }
        #expect(house.asked.count == 2 && house.asked.last?.contains("open-nsfw") == true)
        let address = try #require(server.announcement.split(separator: " ").last)
        let form = ["-F", "API_KEY=k", "-F", "task=porn_moderation", "-F", "file_image=@\(Self.still)"]
        let answer = try run("curl", ["-s"] + form + ["http://\(address)/analyse/1.1"]).text
        #expect(answer.contains(#""status":"success""#), "\(answer)")
        #expect(try run("curl", ["-s", "http://\(address)/healthz"]).text.contains(#""confined":true"#))
    }
}

@Suite(.timeLimit(.minutes(2))) struct StoppedFetchTests {
    @Test func `interrupted while it fetches, the program takes everything with it that it began`() throws {
        let house = try Household()
        defer { house.folder.remove() }
        try house.provideRealScript()
        let finished = try Python(
            program: "CommandLine/stopped-fetch.py",
            [house.program, "check", Fixtures.still("still.jpg"), "--task", "weapon"]
        ).run(environment: [
            "HOME": house.folder.url.path, "XDG_DATA_HOME": house.folder.url.path, "FRAMESIFT_OFFLINE": "",
        ])
        #expect(finished.status == 0, "\(finished.errors)")
        let left = try FileManager.default.contentsOfDirectory(atPath: house.folder.url.path + "/.deps/packs")
        #expect(left == [".lock"])
    }
}

@Suite struct PacksCommandTests {
    @Test func `the list tells licence, size, categories and quality, installed or not`() throws {
        let house = try Household()
        defer { house.folder.remove() }
        try house.provideScript()
        let nothing = try house.framesift("packs").text
        #expect(nothing.contains("open-nsfw 1 (BSD-2-Clause), not installed; 22.0 MB to fetch"))
        #expect(nothing.contains("experimental: Found on 1 of 22 pictures"))
        #expect(house.asked.isEmpty)
        let added = try house.framesift("packs", "add", "open-nsfw")
        #expect(added.status == 0 && added.text.contains("23.6 MB in \(house.folder.url.path)/.deps/packs/open-nsfw"))
        #expect(try house.framesift("packs", "list").text.contains("open-nsfw 1 (BSD-2-Clause), 23.6 MB in "))
        let providers = try house.framesift("providers").text
        #expect(providers.contains("open-nsfw 1 (BSD-2-Clause), 23.6 MB in ") && !providers.contains("not installed"))
    }

    @Test func `a user's own pack is copied, listed, verified and removed`() throws {
        let house = try Household()
        defer { house.folder.remove() }
        let own = try house.ownPack()
        let added = try house.framesift("packs", "add", own)
        let copy = house.folder.url.path + "/data/framesift/packs/mine"
        #expect(added.status == 0 && added.text.contains("mine 3 (CC0-1.0), 0.0 MB in \(copy)"), "\(added.errors)")
        #expect(added.text.contains("warehouse.fire   Found on 9 of 10 pictures."))
        #expect(added.text.contains("warehouse.flood  experimental: Never tried."))
        #expect(try house.framesift("packs", "list").text.contains("mine 3"))
        let verified = try house.framesift("packs", "verify")
        #expect(verified.status == 0 && verified.text.contains("mine 3"))

        let twice = try house.framesift("packs", "add", own)
        #expect(twice.status == 64 && twice.errors.contains("already"))

        try Data("damaged".utf8).write(to: URL(fileURLWithPath: copy + "/model.onnx"))
        let damaged = try house.framesift("packs", "verify")
        #expect(damaged.status == 69 && damaged.errors.contains(copy + "/model.onnx is not the file"))
        #expect(try house.framesift("packs", "remove", "mine").status == 0)
        #expect(!FileManager.default.fileExists(atPath: copy))
        #expect(FileManager.default.fileExists(atPath: own + "/model.onnx"))
        #expect(try house.framesift("packs", "remove", "mine").status == 64)
    }

    @Test func `a pack whose file is not its checksum's, or that takes another's name, is not added`() throws {
        let house = try Household()
        defer { house.folder.remove() }
        let wrong = try house.framesift("packs", "add", try house.ownPack(named: "wrong", model: "another model"))
        #expect(wrong.status == 69 && wrong.errors.contains("not the file its pack names"))
        let taken = try house.framesift("packs", "add", try house.ownPack(named: "open-nsfw"))
        #expect(taken.status == 64 && taken.errors.contains("open-nsfw"))
        let sly = try house.framesift("packs", "add", try house.ownPack(named: "..sly"))
        #expect(sly.status == 64)
        let missing = try house.framesift("packs", "add", "/missing")
        #expect(missing.status == 69 && missing.errors.contains("/missing/pack.yaml"))
        let packs = house.folder.url.path + "/data/framesift/packs"
        #expect(((try? FileManager.default.contentsOfDirectory(atPath: packs)) ?? []).isEmpty)
        #expect(try house.framesift("packs", "add", try house.ownPack()).status == 0)
    }

    @Test func `a manifest that makes no sense is told, and can be removed`() throws {
        let house = try Household()
        defer { house.folder.remove() }
        _ = try house.framesift("packs", "add", try house.ownPack())
        let manifest = house.folder.url.path + "/data/framesift/packs/mine/pack.yaml"
        try Data("name: [".utf8).write(to: URL(fileURLWithPath: manifest))
        for arguments in [["packs", "list"], ["packs", "verify"], ["check", Fixtures.still("still.jpg")]] {
            let finished = try run(
                house.folder.url.path + "/bin/framesift", arguments,
                environment: ["XDG_DATA_HOME": house.folder.url.path + "/data", "FRAMESIFT_PACKS": ""])
            #expect(finished.status == 69 && finished.errors.contains(manifest + ": "), "\(finished.errors)")
            #expect(finished.errors.split(separator: "\n").count == 1, "\(finished.errors)")
        }
        #expect(try house.framesift("packs", "remove", "mine").status == 0)
        #expect(try house.framesift("packs", "verify").status == 0)
    }
}
