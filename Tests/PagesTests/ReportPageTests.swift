import Foundation
import Reports
import TestSupport
import Testing

/// The report as a browser shows it.
@Suite struct ReportPageTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "report.py").path

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
    }

    @Test func `without its pictures a page stays under 300 kB, and of two hours under 2 MB`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let checked = try run(
            ServerProgram.path,
            ["check", Fixtures.sample("qr.mp4"), "--task", "porn_moderation,qr_code_moderation", "--format", "json"])
        var result = try ResultDocument(json: checked.output)
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

/// The dashboard as a browser shows it.
@Suite struct DashboardPageTests {
    private static let script = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "dashboard.py")
        .path

    @Test func `whoever has a key submits, watches, stops and answers, and nobody else`() throws {
        let samples = URL(filePath: Fixtures.sample("qr.mp4")).deletingLastPathComponent().path
        let seen = try run("python3", [Self.script, ServerProgram.path, samples, Fixtures.folder.path])
        #expect(seen.status == 0, "\(seen.errors)")
    }
}
