import Foundation
import Reports
import TestSupport
import Testing

/// A check's report in every form, each read by a program of its own field. The video shows a QR code from 6.0 s to 9.5 s of 12 s.
@Suite struct FormatTests {
    private let folder: TemporaryFolder
    private let finished: Finished
    private var out: String { folder.url.path + "/out/report" }

    init() throws {
        folder = try TemporaryFolder()
        finished = try run(
            ServerProgram.path,
            [
                "check", Fixtures.sample("qr.mp4"), "--task", "porn_moderation,qr_code_moderation", "--quiet",
                "--format",
                ReportFormat.allCases.map(\.rawValue).joined(separator: ","), "-o", folder.url.path + "/out",
            ])
    }

    private func json(_ name: String) throws -> [String: Any] {
        let data = try Data(contentsOf: URL(filePath: out + name))
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    @Test func `several formats go to a folder, a file each, and nothing to standard output`() throws {
        defer { folder.remove() }
        #expect(finished.status == 0 && finished.output.isEmpty, "\(finished.errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.url.path + "/out").sorted()
        #expect(
            names == [
                "report.csv", "report.edl", "report.html", "report.json", "report.ndjson", "report.picpurify.json",
                "report.sightengine.json", "report.svg", "report.thumbnails.jpg", "report.thumbnails.vtt", "report.txt",
                "report.vtt",
            ])
    }

    @Test func `CSV, read by Python: four rows of twelve are KO`() throws {
        defer { folder.remove() }
        let program = """
            import csv, sys
            rows = list(csv.DictReader(open(sys.argv[1], newline='')))
            hits = [int(row['position']) for row in rows if row['decision'] == 'KO']
            print(len(rows), hits, all(float(row['qr']) > 0.9 for row in rows if row['decision'] == 'KO'))
            """
        let read = try Python(lines: program, [out + ".csv"]).run()
        #expect(read.text == "12 [6000, 7000, 8000, 9000] True\n", "\(read.errors)")
    }

    @Test func `NDJSON, read by Python: a line a picture, then the summary`() throws {
        defer { folder.remove() }
        let program = """
            import collections, json, sys
            print(dict(collections.Counter(json.loads(line)['type'] for line in open(sys.argv[1]))))
            """
        #expect(try Python(lines: program, [out + ".ndjson"]).run().text == "{'frame': 12, 'summary': 1}\n")
    }

    @Test func `WebVTT, read by ffprobe: a chapter a segment`() throws {
        defer { folder.remove() }
        let cues = try run("ffprobe", probe("packet=pts_time,duration_time", out + ".vtt"))
        #expect(cues.text.hasPrefix("6.000000,4.000000") && cues.text.split(separator: "\n").count == 1)
    }

    @Test func `thumbnails: each cue's part of the sprite is the picture of its second`() throws {
        defer { folder.remove() }
        let cues = try run("ffprobe", probe("packet=pts_time,duration_time", out + ".thumbnails.vtt"))
        let times = cues.text.split(separator: "\n").compactMap { Double($0.split(separator: ",")[0]) }
        let places = try String(contentsOfFile: out + ".thumbnails.vtt", encoding: .utf8)
            .matches(of: /report\.thumbnails\.jpg#xywh=(\d+),(\d+),(\d+),(\d+)/)
        #expect(!times.isEmpty && times.count == places.count)
        for (time, place) in zip(times, places) {
            let (_, x, y, width, height) = place.output
            // ffmpeg cuts the part out, and compares it with the picture it shows itself at that time.
            let compared = try run(
                "ffmpeg",
                [
                    "-v", "info", "-nostats", "-i", out + ".thumbnails.jpg", "-ss", "\(time)", "-i",
                    Fixtures.sample("qr.mp4"), "-lavfi",
                    "[0]crop=\(width):\(height):\(x):\(y)[a];[1]scale=\(width):\(height)[b];[a][b]psnr", "-frames:v",
                    "1",
                    "-f", "null", "-",
                ])
            let likeness = compared.errors.firstMatch(of: /average:([\d.]+|inf)/).flatMap { Double($0.1) }
            // 29 dB and more; the pictures a second off have 24 at most.
            #expect(try #require(likeness, "\(compared.errors)") > 26, "\(time)")
        }
    }

    @Test func `the cut list, played by MPlayer: the four seconds are left out`() throws {
        defer { folder.remove() }
        func pictures(_ options: String...) throws -> Int {
            let sums = folder.url.path + "/sums"
            _ = try run(
                "mplayer",
                ["-noconfig", "all", "-really-quiet", "-benchmark", "-nosound", "-vo", "md5sum:outfile=\(sums)"]
                    + options
                    + [Fixtures.sample("qr.mp4")])
            return try String(contentsOfFile: sums, encoding: .utf8).split(separator: "\n").count
        }
        #expect(try pictures() == 300)
        // MPlayer shows the picture at which it notices.
        #expect((200...201).contains(try pictures("-edl", out + ".edl")))
    }

    @Test func `SVG, drawn by librsvg: the segment is where the code is`() throws {
        defer { folder.remove() }
        let drawn = try run("rsvg-convert", ["-w", "1200", "-b", "white", out + ".svg", "-o", out + ".png"])
        #expect(drawn.status == 0, "\(drawn.errors)")
        // 100 columns a second. In the lane of QR codes, the lower one, red shows in the segment's only.
        let pixels = try run(
            "ffmpeg", ["-v", "error", "-i", out + ".png", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"]
        ).output
        let height = pixels.count / 1200 / 3
        func isRed(second: Double) -> Bool {
            let column = Int(second * 100)
            return (height / 2..<height).contains { row in
                let at = (row * 1200 + column) * 3
                return Int(pixels[at]) > Int(pixels[at + 2]) + 40
            }
        }
        #expect([6.2, 7.5, 9.7].allSatisfy(isRed))
        #expect(![1.5, 5.7, 10.3, 11.5].contains(where: isRed))
    }

    @Test func `the services' answers have their own keys and the result's figures`() throws {
        defer { folder.remove() }
        let purify = try json(".picpurify.json")
        #expect(purify["final_decision"] as? String == "KO" && purify["nb_images_ko"] as? Int == 4)
        let images = try #require(purify["images_results"] as? [[String: Any]])
        #expect(
            images.map { ($0["reject_criteria"] as? [String])?.first == "qr_code_moderation" }.filter { $0 }.count == 4)
        let engine = try json(".sightengine.json")
        let data = try #require(engine["data"] as? [String: Any])
        let frames = try #require(data["frames"] as? [[String: Any]])
        let positions = frames.compactMap { ($0["info"] as? [String: Any])?["position"] as? Int }
        #expect(engine["status"] as? String == "success" && positions == Array(stride(from: 0, to: 12000, by: 1000)))
        let withCode = frames.indices.filter { index in
            let codes = frames[index]["qr"] as? [String: [Any]]
            return codes?.values.contains { !$0.isEmpty } == true
        }
        #expect(withCode == [6, 7, 8, 9])
    }

    @Test func `a saved result is reported in every format but the one that needs pictures`() throws {
        defer { folder.remove() }
        for format in ReportFormat.allCases where format != .thumbnails {
            let report = try run(ServerProgram.path, ["report", out + ".json", "--format", format.rawValue])
            let written = try String(contentsOfFile: "\(out).\(format.fileExtension)", encoding: .utf8)
            #expect(report.status == 0)
            // Pictures, and the time an answer is made, are all that differs.
            if ![.html, .sightengine].contains(format) { #expect(report.text == written, "\(format)") }
            #expect(!report.text.isEmpty)
        }
        let refused = try run(
            ServerProgram.path, ["report", out + ".json", "--format", "thumbnails", "-o", out + "-again.vtt"])
        #expect(refused.status == 64 && refused.errors.contains("no pictures"))
    }

    @Test func `with its video, a saved result has the pictures that the check kept, and with another one none`() throws
    {
        defer { folder.remove() }
        let again = folder.url.path + "/again"
        func report(_ video: String, _ formats: String) throws -> Finished {
            try run(ServerProgram.path, ["report", out + ".json", "--format", formats, "--video", video, "-o", again])
        }
        let reported = try report(Fixtures.sample("qr.mp4"), "html,thumbnails")
        #expect(reported.status == 0 && reported.errors.isEmpty, "\(reported.errors)")
        for name in ["report.thumbnails.vtt", "report.thumbnails.jpg"] {
            let kept = try Data(contentsOf: folder.url.appending(path: "out/" + name))
            #expect(try Data(contentsOf: URL(filePath: again + "/" + name)) == kept, "\(name)")
        }
        func pictures(_ page: String) throws -> Int {
            try String(contentsOfFile: page, encoding: .utf8).matches(of: /\/9j\/[A-Za-z0-9+\/]{500}/).count
        }
        #expect(try pictures(again + "/report.html") == 12 && pictures(out + ".html") == 12)
        let other = try report(Fixtures.sample("phone.mp4"), "html,csv")
        #expect(other.status == 0 && other.errors.contains("not the video that was judged"))
        #expect(try pictures(again + "/report.html") == 0)
        // An address is the page's business.
        #expect(try report("https://example.org/qr.mp4", "html,csv").errors.isEmpty)
        #expect(try report("/no/such/file.mp4", "thumbnails,csv").status == 65)
    }

    @Test func `what is no format, and several without a folder, is told`() throws {
        defer { folder.remove() }
        let unknown = try run(ServerProgram.path, ["check", Fixtures.sample("qr.mp4"), "--format", "html,nonsense"])
        #expect(unknown.status == 64 && unknown.errors.contains("nonsense"))
        #expect(try run(ServerProgram.path, ["check", Fixtures.sample("qr.mp4"), "--format", "html,vtt"]).status == 64)
    }

    private func probe(_ entries: String, _ path: String) -> [String] {
        ["-v", "error", "-show_entries", entries, "-of", "csv=p=0", path]
    }
}
