import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// The report as a browser shows it.
@Suite struct ReportPageTests {
    private static let cases = [
        "its title says the decision", "each category has a lane, with its segments where the result has them",
        "arrow keys move along the samples, and a click goes to a segment",
        "pictures are veiled until they are clicked", "second looks are told apart, where there were some",
        "names are nothing but text", "the page has no serious faults, and fits a phone",
        "without scripts the tables are there, and nothing that would not work",
    ]
    private static let report = Task {
        try await onThread { try look(["--task", "porn_moderation,qr_code_moderation"]) }
    }
    private static let confirmed = Task { try await onThread { try look(["--task", "qr", "--confirm"]) } }

    @Test(arguments: cases) func `a reviewer sees what happened and when`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }

    @Test(arguments: cases) func `a reviewer sees what second looks found`(_ name: String) async throws {
        try await Self.confirmed.value.expect(name)
    }

    /// Of a video whose name would be markup.
    private static func look(_ arguments: [String]) throws -> CaseReport {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let name = "<script>window.hacked = 1<\u{2215}script>&\"'.mp4"
        let video = folder.url.appending(path: name).path
        try FileManager.default.copyItem(atPath: Fixtures.sample("qr.mp4"), toPath: video)
        try run(
            ServerProgram.path, ["check", name, "--format", "html,json", "-o", "out", "--quiet"] + arguments,
            folder: folder.url
        ).ending()
        let out = folder.url.appending(path: "out")
        return try CaseReport(
            cases, of: "Pages/report.py",
            [out.appending(path: "report.html").path, out.appending(path: "report.json").path])
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

/// What was found in pictures, as a browser shows it.
@Suite struct OutlinePageTests {
    private static let cases = [
        "what was found is outlined where it is",
        "a click shows the picture, another its body parts, a third veils it",
        "a key takes the outlines away, whatever has the focus, but no blur", "what a picture says is text",
        "the page has no serious faults, and fits a phone",
    ]
    private static let report = Task { try await onThread { try look() } }

    @Test(arguments: cases)
    func `a reviewer sees what was found where, and body parts only when asked twice`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }

    private struct NoText: Error {}

    private static func look() throws -> CaseReport {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let clip = Fixtures.sample("street.mp4")
        let checked = try run(ServerProgram.path, ["check", clip, "--task", "text,qr", "--format", "json"])
        var result = try ModerationResult(json: checked.output)
        guard let line = result.frames[0].details?.lines?.first else { throw NoText() }
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
        try run(ServerProgram.path, ["report", saved, "--video", clip, "--format", "html", "-o", page]).ending()
        return try CaseReport(cases, of: "Pages/outlines.py", [page, saved])
    }
}

/// The index over many results, and two side by side.
@Suite struct ComparisonPageTests {
    private static let cases = [
        "results sort by decision, both ways",
        "results sort by when they were worst and by length, as times and not as words",
        "the index takes names for nothing but text", "the index has no serious faults",
        "each result leads to its own page", "two results are told apart where they disagree",
        "two results side by side have no serious faults",
    ]
    private static let report = Task { try await onThread { try look() } }

    @Test(arguments: cases) func `many results are told apart`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }

    private static func look() throws -> CaseReport {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func path(_ name: String) -> String { folder.url.appending(path: name).path }
        func check(_ clip: String, _ name: String, _ options: String...) throws -> String {
            try run(
                ServerProgram.path,
                ["check", clip, "--task", "qr", "--quiet", "--format", "html,json", "-o", path(name)] + options
            ).ending()
            return path(name) + "/report.json"
        }
        // A name that would be markup and a scheme.
        let odd = folder.url.appending(path: "javascript:<i>still.gif").path
        try FileManager.default.copyItem(atPath: Fixtures.matrix("animated.gif"), toPath: odd)
        let results = [
            try check(Fixtures.sample("slideshow.mp4"), "slides"), try check(odd, "a:b"),
            try check(Fixtures.sample("qr.mp4"), "moving"), try check(Fixtures.sample("phone.mp4"), "phone"),
        ]
        try run(
            ServerProgram.path, ["report", "--format", "html", "-o", path("index.html")] + results
        ).ending()
        let fine = try check(Fixtures.sample("qr.mp4"), "fine", "--frame-interval", "0.1")
        try run(
            ServerProgram.path, ["report", "--diff", results[2], fine, "--format", "html", "-o", path("diff.html")]
        ).ending()
        return try CaseReport(cases, of: "Pages/comparisons.py", [path("index.html"), path("diff.html")])
    }
}

/// The dashboard as a browser shows it.
@Suite struct DashboardPageTests {
    private static let cases = [
        "key-of-nobody is told: The API key is not known.",
        "key-of-carol is told: The API key is not valid for this API.",
        "the page to log in on has no serious faults", "a key leads in",
        "a video that is uploaded is told of until it is judged", "feedback on a hit is noted",
        "a run has its report",
        "a stream is told of while it is live, can be stopped, and keeps its token to itself", "both runs are listed",
        "a form that no page of the session sent is refused", "somebody else's runs are not there",
        "the server stops as it should",
    ]
    private static let report = Task {
        try await onThread {
            let samples = URL(filePath: Fixtures.sample("qr.mp4")).deletingLastPathComponent().path
            return try CaseReport(
                cases, of: "Pages/dashboard.py", [ServerProgram.path, samples, Fixtures.folder.path])
        }
    }

    @Test(arguments: cases)
    func `whoever has a key submits, watches, stops and answers, and nobody else`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}

/// The review queue as a browser shows it.
@Suite struct ReviewPageTests {
    private static let cases = [
        "a key without the role is told which one it needs",
        "a key that only reviews submits nothing, in the words of the API that it asks",
        "a hit is a card with its picture, veiled until it is asked for, with what is around it",
        "the page has no serious faults", "keys decide, and take back", "two reviewers never have the same card",
        "whose card somebody else has is told so", "whose card was deleted is told so",
        "an appeal goes to somebody else", "without scripts the forms do it, of that session alone",
        "a hit of a live stream comes up by itself",
        "the trail and the decisions are taken out, and a step that was changed shows",
        "how right the judge was is shown by category", "what is deleted leaves nothing but that it was",
        "cards fit a phone", "the server stops as it should",
    ]
    private static let report = Task {
        try await onThread {
            let samples = URL(filePath: Fixtures.sample("qr.mp4")).deletingLastPathComponent().path
            return try CaseReport(cases, of: "Pages/review.py", [ServerProgram.path, samples, Fixtures.folder.path])
        }
    }

    @Test(arguments: cases)
    func `people decide on what was flagged, each on a card of their own`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}

/// Pages of other sites in the browser of whoever runs a server.
@Suite struct CrossSitePageTests {
    private static let cases = [
        "a page of localhost can read and ask", "a page of 127.0.0.1 can read and ask",
        "a page of elsewhere.example can neither read nor ask",
        "under the name of another site there is a refusal, and no page to log in on",
        "a link of another site leads to the dashboard all the same", "the server stops as it should",
    ]
    private static let report = Task {
        try await onThread {
            try CaseReport(cases, of: "Pages/cross-site.py", [ServerProgram.path, Fixtures.image("picture.jpg")])
        }
    }

    @Test(arguments: cases)
    func `without keys a page of another site can neither ask nor read, and one of this machine can`(
        _ name: String
    ) async throws {
        try await Self.report.value.expect(name)
    }
}
