import Foundation
import TestSupport
import Testing

/// `scripts/fetch-packs` with a folder for an index. No network.
private struct Wheelhouse {
    let folder: TemporaryFolder
    var packs: URL { folder.url.appendingPathComponent("packs") }

    init() throws {
        folder = try TemporaryFolder()
        try Python(program: "OnDevice/wheelhouse.py", [folder.url.path]).run().ending()
    }

    func fetch(_ arguments: String...) throws -> Finished {
        try run(
            Fixtures.root.appendingPathComponent("scripts/fetch-packs").path,
            ["--catalogue", folder.url.path + "/catalogue", "--into", packs.path] + arguments,
            environment: ["PIP_NO_INDEX": "1", "PIP_FIND_LINKS": folder.url.path + "/wheels"])
    }

    func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: folder.url.appendingPathComponent(path).path)
    }

    /// What lies in the folder for packs, the lock aside.
    func installed() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: packs.path).filter { $0 != ".lock" }.sorted()
    }
}

@Suite struct FetchingTests {
    @Test func `a pack is fetched once, with its manifest`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        let first = try house.fetch("fine")
        #expect(first.status == 0 && first.errors.contains("Fetching fine"), "\(first.errors)")
        #expect(try house.installed() == ["fine"])
        #expect(house.exists("packs/fine/pack.yaml") && house.exists("packs/fine/model.onnx"))
        let again = try house.fetch("fine")
        #expect(again.status == 0 && again.errors.isEmpty)
    }

    @Test func `where only the manifest is an older one, it is renewed and no model is fetched`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        _ = try house.fetch("fine")
        let manifest = house.packs.appendingPathComponent("fine/pack.yaml")
        let newest = try Data(contentsOf: manifest)
        try Data("older".utf8).write(to: manifest)
        let again = try house.fetch("fine")
        #expect(again.status == 0 && again.errors.isEmpty, "\(again.errors)")
        #expect(try Data(contentsOf: manifest) == newest)
    }

    @Test func `a damaged model is fetched again`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        _ = try house.fetch("fine")
        let model = house.packs.appendingPathComponent("fine/model.onnx")
        try Data("damaged".utf8).write(to: model)
        #expect(try house.fetch("fine").status == 0)
        #expect(try String(contentsOf: model, encoding: .utf8) == "a model")
    }

    @Test func `a wheel that is not the pinned one installs nothing, and hinders no other pack`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        let finished = try house.fetch("changed", "fine")
        #expect(finished.status == 1 && finished.errors.contains("tiny-models==1.0 is not the file that is pinned"))
        #expect(!finished.errors.contains("Traceback"))
        #expect(try house.installed() == ["fine"])
    }

    @Test func `a file that is not its manifest's installs nothing, and leaves what was there`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        let old = house.packs.appendingPathComponent("other")
        try FileManager.default.createDirectory(at: old, withIntermediateDirectories: true)
        try Data("old".utf8).write(to: old.appendingPathComponent("pack.yaml"))
        let finished = try house.fetch("other")
        #expect(finished.status == 1)
        #expect(finished.errors.contains("model.onnx is not the file that the pack other names"))
        #expect(try String(contentsOf: old.appendingPathComponent("pack.yaml"), encoding: .utf8) == "old")
    }

    @Test func `weights that are an evil pickle run nothing and become no model`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        // The positive control: a plain unpickler runs it.
        let unpickle = "import pickle, sys, zipfile; pickle.loads(zipfile.ZipFile(sys.argv[1]).read('tiny/evil.pth'))"
        let wheel = house.folder.url.path + "/wheels/tiny_models-1.0-py3-none-any.whl"
        #expect(try Python(lines: unpickle, [wheel]).run().status == 0)
        #expect(house.exists("evil"))
        try FileManager.default.removeItem(at: house.folder.url.appendingPathComponent("evil"))

        let finished = try house.fetch("evil")
        #expect(finished.status == 1 && finished.errors.contains("system is not allowed"), "\(finished.errors)")
        #expect(!house.exists("evil"))
        #expect(try house.installed().isEmpty)
    }

    @Test func `without an index that has it, one sentence says that it cannot be fetched`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        try FileManager.default.removeItem(atPath: house.folder.url.path + "/wheels/tiny_models-1.0-py3-none-any.whl")
        let finished = try house.fetch("fine")
        #expect(finished.status == 1)
        #expect(finished.errors.split(separator: "\n").count == 2)
        #expect(finished.errors.contains("tiny-models==1.0 cannot be fetched"))
        #expect(try house.installed().isEmpty)
    }

    @Test func `all that are free leaves out what has to be asked for by name, and clears up what is no more`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        let former = house.packs.appendingPathComponent("former"), own = house.packs.appendingPathComponent("own")
        for folder in [former, own] {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        }
        #expect(try house.fetch("--free").status == 1)  // two of them cannot be
        #expect(try house.installed() == ["fine", "own"])
        #expect(try house.fetch("licensed").status == 0)
        #expect(try house.installed() == ["fine", "licensed", "own"])
    }

    @Test func `two at once end with one whole pack`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        let both = """
            "$@" & first=$!
            "$@"; second=$?
            wait $first && exit $second
            """
        let script = Fixtures.root.appendingPathComponent("scripts/fetch-packs").path
        let finished = try run(
            "sh",
            [
                "-c", both, "sh", script, "--catalogue", house.folder.url.path + "/catalogue", "--into",
                house.packs.path, "fine",
            ], environment: ["PIP_NO_INDEX": "1", "PIP_FIND_LINKS": house.folder.url.path + "/wheels"])
        #expect(finished.status == 0, "\(finished.errors)")
        #expect(finished.errors.components(separatedBy: "Fetching fine").count == 2)
        #expect(try house.installed() == ["fine"])
    }

    @Test func `what a killed run left behind is cleared up`() throws {
        let house = try Wheelhouse()
        defer { house.folder.remove() }
        try FileManager.default.createDirectory(
            at: house.packs.appendingPathComponent(".fetch-left/x"), withIntermediateDirectories: true)
        #expect(try house.fetch("fine").status == 0)
        #expect(try house.installed() == ["fine"])
    }
}
