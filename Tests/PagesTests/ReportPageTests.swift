import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// The report as a browser shows it.
@Suite struct ReportPageTests {
    private static let script = Fixtures.program("Pages/report.py")

    @Test func `a reviewer sees what happened and when, whatever the video is called`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let name = "<script>window.hacked = 1<\u{2215}script>&\"'.mp4"
        let video = folder.url.appending(path: name).path
        try FileManager.default.copyItem(atPath: Fixtures.sample("qr.mp4"), toPath: video)
        let checked = try run(
            ServerProgram.path,
            [
                "check", name, "--task", "porn_moderation,qr_code_moderation", "--format", "html,json", "-o", "out",
                "--quiet",
            ], folder: folder.url)
        #expect(checked.status == 0, "\(checked.errors)")
        let out = folder.url.appending(path: "out")
        let seen = try run(
            "python3", [Self.script, out.appending(path: "report.html").path, out.appending(path: "report.json").path])
        #expect(seen.status == 0, "\(seen.errors)")
        // The same with second looks.
        let confirmed = try run(
            ServerProgram.path,
            ["check", name, "--task", "qr", "--confirm", "--format", "html,json", "-o", "twice", "--quiet"],
            folder: folder.url)
        #expect(confirmed.status == 0, "\(confirmed.errors)")
        let again = folder.url.appending(path: "twice")
        let seenAgain = try run(
            "python3",
            [Self.script, again.appending(path: "report.html").path, again.appending(path: "report.json").path])
        #expect(seenAgain.status == 0, "\(seenAgain.errors)")
    }

    @Test func `a reviewer sees what was found where, and body parts only when asked twice`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let clip = Fixtures.sample("street.mp4")
        let checked = try run(ServerProgram.path, ["check", clip, "--task", "text,qr", "--format", "json"])
        var result = try ModerationResult(json: checked.output)
        let line = try #require(result.frames[0].details?.lines?.first)
        for index in result.frames.indices {
            var hostile = line
            hostile.text = "<img src=x onerror='window.hacked = 1'></script>"
            result.frames[index].details?.lines?.append(hostile)
            result.frames[index].details?.parts = [
                BodyPart(label: "belly_exposed", box: Box(x1: 0.3, y1: 0.3, x2: 0.6, y2: 0.7), confidence: 0.8)
            ]
        }
        let saved = folder.url.appending(path: "saved.json").path, page = folder.url.appending(path: "page.html").path
        try Data(result.json().utf8).write(to: URL(filePath: saved))
        let reported = try run(
            ServerProgram.path, ["report", saved, "--video", clip, "--format", "html", "-o", page])
        #expect(reported.status == 0, "\(reported.errors)")
        let seen = try run("python3", [Fixtures.program("Pages/outlines.py"), page, saved])
        #expect(seen.status == 0, "\(seen.errors)")
    }

    @Test func `without its pictures a page stays under 300 kB, and of two hours under 2 MB`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let checked = try run(
            ServerProgram.path,
            ["check", Fixtures.sample("qr.mp4"), "--task", "porn_moderation,qr_code_moderation", "--format", "json"])
        var result = try ModerationResult(json: checked.output)
        #expect(try ReportFormat.html.render(result).utf8.count < 300_000)
        let frame = try #require(result.frames.first)
        result.frames = (0..<7200).map { index in
            var one = frame
            one.info.position = index * 1000
            one.scores = one.scores.mapValues { _ in Double(index * 7919 % 1000) / 1000 }
            return one
        }
        let page = try ReportFormat.html.render(result)
        #expect(page.utf8.count < 2_000_000, "\(page.utf8.count)")
        #expect(page.contains("7199000"))
    }
}

/// The index over many results, and two side by side.
@Suite struct ComparisonPageTests {
    private static let script = Fixtures.program("Pages/comparisons.py")

    @Test func `results sort, lead to their pages, and tell where two disagree`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func path(_ name: String) -> String { folder.url.appending(path: name).path }
        func check(_ clip: String, _ name: String, _ options: String...) throws -> String {
            let checked = try run(
                ServerProgram.path,
                ["check", clip, "--task", "qr", "--quiet", "--format", "html,json", "-o", path(name)] + options)
            #expect(checked.status == 0, "\(checked.errors)")
            return path(name) + "/report.json"
        }
        // A name that would be markup and a scheme.
        let odd = folder.url.appending(path: "javascript:<i>still.gif").path
        try FileManager.default.copyItem(atPath: Fixtures.matrix("animated.gif"), toPath: odd)
        let results = [
            try check(Fixtures.sample("slideshow.mp4"), "slides"), try check(odd, "a:b"),
            try check(Fixtures.sample("qr.mp4"), "moving"), try check(Fixtures.sample("phone.mp4"), "phone"),
        ]
        let indexed = try run(ServerProgram.path, ["report", "--format", "html", "-o", path("index.html")] + results)
        let fine = try check(Fixtures.sample("qr.mp4"), "fine", "--frame-interval", "0.1")
        let differed = try run(
            ServerProgram.path, ["report", "--diff", results[2], fine, "--format", "html", "-o", path("diff.html")])
        #expect(indexed.status == 0 && differed.status == 0, "\(indexed.errors)\(differed.errors)")
        let seen = try run("python3", [Self.script, path("index.html"), path("diff.html")])
        #expect(seen.status == 0, "\(seen.errors)")
    }
}

/// The dashboard as a browser shows it.
@Suite struct DashboardPageTests {
    private static let script = Fixtures.program("Pages/dashboard.py")

    @Test func `whoever has a key submits, watches, stops and answers, and nobody else`() throws {
        let samples = URL(filePath: Fixtures.sample("qr.mp4")).deletingLastPathComponent().path
        let seen = try run("python3", [Self.script, ServerProgram.path, samples, Fixtures.folder.path])
        #expect(seen.status == 0, "\(seen.errors)")
    }
}

/// Pages of other sites in the browser of whoever runs a server.
@Suite struct CrossSitePageTests {
    private static let script = Fixtures.program("Pages/cross-site.py")

    @Test func `without keys a page of another site can neither ask nor read, and one of this machine can`() throws {
        let seen = try run("python3", [Self.script, ServerProgram.path, Fixtures.image("picture.jpg")])
        #expect(seen.status == 0, "\(seen.errors)")
    }
}
