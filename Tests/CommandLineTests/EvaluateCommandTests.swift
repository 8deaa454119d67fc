import Foundation
import TestSupport
import Testing

/// What `framesift evaluate --format json` says.
private struct Evaluated: Decodable {
    struct Rate: Decodable {
        let count, total: Int
        let rate: Double?
    }
    struct Row: Decodable {
        let threshold: Double
        let truePositiveRate, falsePositiveRate: Rate
    }
    struct Wish: Decodable {
        let row: Row?
    }
    struct Counts: Decodable {
        let judged, unjudged: Int
    }
    struct Example: Decodable, Hashable {
        let name, label: String
        let score: Double?
        let position: Int?
        let error: String?
    }
    let status, category: String
    let note: String?
    let positives, negatives: Counts
    let rocArea, averagePrecision: Double?
    let wishes: [Wish]
    let thresholds: [Row]
    let falsePositives, falseNegatives, examples: [Example]

    init(_ json: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Evaluated.self, from: json)
    }
}

/// Pictures with QR codes and without.
private struct Examples {
    let folder: TemporaryFolder

    init() throws {
        folder = try TemporaryFolder()
        for name in ["positive/more", "negative"] {
            try FileManager.default.createDirectory(atPath: path(name), withIntermediateDirectories: true)
        }
    }

    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    func draw(code name: String) throws {
        let drawn = try run("qrencode", ["-s", "6", "-o", path(name), "an example: \(name)"])
        try #require(drawn.status == 0, "\(drawn.errors)")
    }

    func draw(none name: String, pictures: Int = 1) throws {
        let drawn = try run(
            "ffmpeg",
            ["-v", "error", "-f", "lavfi", "-i", "testsrc2=s=240x180:r=1", "-frames:v", "\(pictures)", path(name)])
        try #require(drawn.status == 0, "\(drawn.errors)")
    }

    /// Three with a code, one of them a video, and three without, likewise.
    func drawAll() throws {
        try draw(code: "positive/a.png")
        try draw(code: "positive/more/b.png")
        try FileManager.default.copyItem(atPath: Fixtures.sample("qr.mp4"), toPath: path("positive/c.mp4"))
        try draw(none: "negative/d.png")
        try draw(none: "negative/e.jpg")
        try draw(none: "negative/f.avi", pictures: 3)
    }

    func evaluate(_ arguments: String...) throws -> Finished {
        try run(ServerProgram.path, ["evaluate"] + arguments, folder: folder.url)
    }
}

@Suite struct EvaluateCommandTests {
    @Test func `codes and pictures without are told apart by every threshold, videos by their highest picture`() throws
    {
        let examples = try Examples()
        defer { examples.folder.remove() }
        try examples.drawAll()
        let finished = try examples.evaluate(examples.path(""), "--task", "qr_code_moderation", "--format", "json")
        try #require(finished.status == 0, "\(finished.errors)")
        let told = try Evaluated(finished.output)
        #expect(told.status == "success" && told.category == "qr")
        #expect(told.positives.judged == 3 && told.negatives.judged == 3)
        #expect(told.rocArea == 1 && told.averagePrecision == 1)
        #expect(told.thresholds.map(\.threshold) == (0...20).map { Double($0) / 20 })
        for row in told.thresholds where row.threshold > 0 {
            #expect(row.truePositiveRate.count == 3 && row.falsePositiveRate.count == 0, "\(row)")
        }
        #expect(told.wishes.map(\.row?.threshold) == [0.5, 0.5])
        #expect(told.falsePositives.isEmpty && told.falseNegatives.isEmpty)
        #expect(told.examples.map(\.score) == [1, 1, 1, 0, 0, 0])
        #expect(
            told.examples.map(\.name) == [
                "positive/a.png", "positive/c.mp4", "positive/more/b.png", "negative/d.png", "negative/e.jpg",
                "negative/f.avi",
            ])
        // Its code is on screen from 6 s on.
        #expect(told.examples.map(\.position) == [nil, 6000, nil, nil, nil, 0])
    }

    @Test func `what is labelled wrongly is among the mistakes, and what cannot be read is told and counts nowhere`()
        throws
    {
        let examples = try Examples()
        defer { examples.folder.remove() }
        try examples.drawAll()
        try examples.draw(code: "negative/code.png")
        try examples.draw(none: "positive/none.png")
        try Data("no picture".utf8).write(to: URL(filePath: examples.path("positive/broken.png")))
        try Data().write(to: URL(filePath: examples.path("negative/.hidden")))
        let finished = try examples.evaluate(".", "--task", "qr", "--format", "json")
        #expect(finished.status == 2)
        let told = try Evaluated(finished.output)
        #expect(told.falsePositives.map(\.name) == ["negative/code.png"])
        #expect(told.falseNegatives.map(\.name) == ["positive/none.png"])
        #expect((told.positives.judged, told.positives.unjudged) == (4, 1))
        #expect((told.negatives.judged, told.negatives.unjudged) == (4, 0))
        let row = try #require(told.thresholds.first { $0.threshold == 0.5 })
        #expect(row.truePositiveRate.rate == 0.75 && row.falsePositiveRate.rate == 0.25)
        #expect(told.rocArea == 0.75)
        let broken = told.examples.filter { $0.score == nil }
        #expect(broken.map(\.name) == ["positive/broken.png"] && broken.first?.error?.isEmpty == false)
        // The same for people.
        let text = try examples.evaluate(".", "--task", "qr", "--format", "text").text
        #expect(text.contains("false positives: 1\n    100.0 %  negative/code.png"), "\(text)")
        #expect(text.contains("not judged: positive/broken.png"))
    }

    @Test func `a table says the same as folders, with quoted paths and both kinds of labels`() throws {
        let examples = try Examples()
        defer { examples.folder.remove() }
        try examples.drawAll()
        let odd = "negative/with, a \"comma\".png"
        try FileManager.default.moveItem(atPath: examples.path("negative/d.png"), toPath: examples.path(odd))
        let rows = [
            "path,label", "positive/a.png,positive", "positive/more/b.png, 1", "",
            "\"negative/with, a \"\"comma\"\".png\",0", "negative/e.jpg,negative",
        ]
        let table = examples.path("table.csv")
        try rows.joined(separator: "\r\n").write(toFile: table, atomically: true, encoding: .utf8)
        // Paths are those from the table's folder, wherever the program runs.
        let finished = try run(
            ServerProgram.path, ["evaluate", "--csv", table, "--task", "qr", "--format", "json"],
            folder: FileManager.default.temporaryDirectory)
        try #require(finished.status == 0, "\(finished.errors)")
        let told = try Evaluated(finished.output)
        #expect(told.rocArea == 1)
        #expect(told.examples.map(\.name) == ["positive/a.png", "positive/more/b.png", odd, "negative/e.jpg"])
    }

    @Test func `examples that are none are refused in one sentence, before any work`() throws {
        let examples = try Examples()
        defer { examples.folder.remove() }
        try examples.draw(code: "positive/a.png")
        let table = examples.path("table.csv")
        let empty = try examples.evaluate(".", "--task", "qr", "-o", examples.path("out.json"))
        #expect(empty.status == 65 && empty.errors.contains("negative: there are no files in this folder."))
        #expect(!FileManager.default.fileExists(atPath: examples.path("out.json")))
        let missing = try examples.evaluate("positive", "--task", "qr")
        #expect(missing.status == 65 && missing.errors.contains("there is no folder “positive” in it"))
        for (rows, words) in [
            ("positive/a.png,1\nx.png,maybe", ":2: a line is a path"), ("positive/a.png", ":1: a line is a path"),
            ("a.png,1\nb.png,0\na.png,0", ":3: “a.png” stands in line 1 already."),
            ("a.png,1", "there is no negative example"),
            (
                "https://who:secret@h.test/a.png?key=secret,1\nhttps://who:secret@h.test/a.png?key=secret,0",
                ":2: “https://h.test/a.png” stands in line 1 already."
            ),
        ] {
            try rows.write(toFile: table, atomically: true, encoding: .utf8)
            let refused = try examples.evaluate("--csv", table, "--task", "qr")
            #expect(refused.status == 65 && refused.errors.contains(words), "\(refused.errors)")
            #expect(refused.errors.split(separator: "\n").count == 1 && refused.output.isEmpty)
            #expect(!refused.errors.contains("secret"))
        }
        for nothing in [examples.path("none.csv"), examples.path("")] {
            #expect(try examples.evaluate("--csv", nothing, "--task", "qr").status == 65)
        }
        let endless = try examples.evaluate("--csv", "/dev/zero", "--task", "qr")
        #expect(endless.status == 65 && endless.errors.contains("a table is at most 64 MiB"))
    }

    @Test(arguments: [
        [".", "--task", "qr,gore"], [".", "--task", "all"], [".", "--task", "cats"], ["--task", "qr"], ["."],
        [".", "--csv", "x.csv", "--task", "qr"], [".", "--task", "qr", "--category", "gore"],
        [".", "--task", "qr", "--min-recall", "2"], [".", "--task", "qr", "--format", "vtt"],
    ])
    func `what makes no sense is usage`(arguments: [String]) throws {
        let examples = try Examples()
        defer { examples.folder.remove() }
        try examples.draw(code: "positive/a.png")
        try examples.draw(none: "negative/b.png")
        let finished = try run(ServerProgram.path, ["evaluate"] + arguments, folder: examples.folder.url)
        #expect(finished.status == 64 && finished.output.isEmpty && !finished.errors.isEmpty, "\(finished.errors)")
        // The folder itself is good.
        #expect(try examples.evaluate(".", "--task", "qr").status == 0)
    }

    @Test func `interrupted, it says what was judged so far and ends with 130`() throws {
        let examples = try Examples()
        defer { examples.folder.remove() }
        try examples.draw(code: "positive/a.png")
        try examples.draw(none: "negative/b.png")
        // Nobody answers there: the file is in hand until the deadline.
        let silent = try SilentServer()
        let rows = "positive/a.png,1\nnegative/b.png,0\nhttp://127.0.0.1:\(silent.port)/c.png,1"
        try rows.write(toFile: examples.path("table.csv"), atomically: true, encoding: .utf8)
        let process = Process(), output = Pipe()
        process.executableURL = URL(filePath: ServerProgram.path)
        process.arguments = ["evaluate", "--csv", examples.path("table.csv"), "--task", "qr", "--concurrency", "1"]
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        try process.run()
        // It asks for the third once two are done.
        try silent.waitForCaller()
        process.interrupt()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        #expect(process.terminationStatus == 130)
        let told = try Evaluated(data)
        #expect(told.status == "partial" && told.note?.contains("1 of 3 files were not looked at") == true)
        #expect(told.examples.map(\.score) == [1, 0] && told.rocArea == 1)
    }
}
