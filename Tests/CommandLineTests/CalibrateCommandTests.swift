import Foundation
import Moderation
import Pipeline
import TestSupport
import Testing
import Wire

/// What `framesift policy calibrate --format json` says.
private struct Calibrated: Decodable {
    struct Rate: Decodable {
        let count, total: Int
    }
    struct Row: Decodable {
        let threshold: Double
        let precision, recall: Rate
    }
    struct Change: Decodable {
        let right, wrong: Int
    }
    struct Proposal: Decodable {
        let threshold: Double
        let koToOk, okToKo: Change
    }
    struct Category: Decodable {
        let category: String
        let decisions: Int
        let current: Row
        let proposal: Proposal?
        let refusal: String?
    }
    let decisions, refusedLines: Int
    let categories: [Category]

    init(_ json: Data) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        self = try decoder.decode(Calibrated.self, from: json)
    }
}

@Suite struct CalibrateCommandTests {
    /// Weapons are right from 0.8 on; of 400 hits from 0.5 on 100 are wrong. Of nudity there are 5 decisions.
    private static let lines =
        (0..<405).map { index in
            let isRight = index < 300
            let scores =
                index < 400 ? "\"weapon\":\(isRight ? 0.9 : 0.7)" : "\"nudity.explicit\":0.9,\"own.thing\":0.9"
            return #"{"case":"case_\#(index)","media":"med_1","why":"ko","start":0,"end":1,"scores":{\#(scores)},"#
                + #""present":[\#(isRight ? "\"weapon\"" : "")],"weight":1,"decision":"\#(isRight ? "reject" : "approve")"}"#
        }

    private func calibrate(
        _ arguments: [String], of lines: [String] = lines, in folder: TemporaryFolder
    ) throws -> Finished {
        let path = folder.url.appending(path: "decisions.ndjson")
        try (lines.joined(separator: "\n") + "\n").write(to: path, atomically: true, encoding: .utf8)
        return try run(
            ServerProgram.path, ["policy", "calibrate", "decisions.ndjson"] + arguments, folder: folder.url)
    }

    @Test func `decisions become rates, a threshold, and a policy in which it alone is new`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let present = folder.url.appending(path: "present.yaml")
        try """
        decision: {at_least: 2}
        confirm: true
        categories: {weapon: {threshold: 0.6, harmful: true}, qr: {threshold: 0.3}}
        """.write(to: present, atomically: true, encoding: .utf8)
        let finished = try calibrate(
            ["--policy", "present.yaml", "--precision", "0.95", "--format", "json", "-o", "new.yaml"], in: folder)
        try finished.ending()
        let told = try Calibrated(finished.output)
        #expect(told.decisions == 405 && told.refusedLines == 0)
        #expect(told.categories.map(\.category) == ["nudity.explicit", "own.thing", "weapon"])
        let weapon = try #require(told.categories.last)
        #expect(weapon.decisions == 400 && weapon.current.threshold == 0.6)
        #expect(weapon.current.precision.count == 300 && weapon.current.precision.total == 400)
        #expect(weapon.current.recall.count == 300 && weapon.current.recall.total == 300)
        #expect(weapon.proposal?.threshold == 0.8)
        #expect(weapon.proposal?.koToOk.right == 100 && weapon.proposal?.koToOk.wrong == 0)
        #expect(told.categories[0].proposal == nil && told.categories[0].refusal != nil)

        var expected = try PolicyFile(path: present.path, vocabulary: .ofServices).policy
        expected.thresholds[.weapon] = 0.8
        let written = folder.url.appending(path: "new.yaml").path
        #expect(try PolicyFile(path: written, vocabulary: .ofServices).policy == expected)
        // A second calibration takes it as the present policy.
        let again = try calibrate(["--policy", "new.yaml", "--category", "weapon", "--format", "json"], in: folder)
        let current = try #require(try Calibrated(try again.ending().output).categories.first?.current)
        #expect(current.threshold == 0.8 && current.precision.total == 300)
    }

    @Test func `a policy that is there is replaced only if that is asked for`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let path = folder.url.appending(path: "there.yaml")
        try "gap: 1".write(to: path, atomically: true, encoding: .utf8)
        let refused = try calibrate(["--precision", "0.95", "-o", "there.yaml"], in: folder)
        #expect(refused.status == 74 && refused.errors.contains("--overwrite") && refused.output.isEmpty)
        #expect(try String(contentsOf: path, encoding: .utf8) == "gap: 1")
        try calibrate(["--precision", "0.95", "-o", "there.yaml", "--overwrite"], in: folder).ending()
        #expect(try PolicyFile(path: path.path).policy == Policy(thresholds: [.weapon: 0.8]))
    }

    @Test func `where nothing is proposed, no policy is written`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let finished = try calibrate(
            ["--precision", "0.95", "--category", "nudity.explicit", "-o", "new.yaml"], in: folder)
        #expect(finished.status == 2 && finished.text.contains("too few decisions"))
        #expect(!FileManager.default.fileExists(atPath: folder.url.appending(path: "new.yaml").path))
    }

    @Test func `a line that makes no sense is told by its number, and the others count`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let long = #"{"case":"\#(String(repeating: "x", count: 70_000))"}"#
        let lines = ["no", ""] + Self.lines + [#"{"case":"a"}"#, long, Self.lines[0]]
        let finished = try calibrate(["--format", "json"], of: lines, in: folder)
        #expect(finished.status == 65)
        #expect(finished.errors.contains("line 1 of decisions.ndjson: It is no object of JSON."))
        #expect(finished.errors.contains("line 408 of decisions.ndjson: It has no “"))
        #expect(finished.errors.contains("line 409 of decisions.ndjson: The line is longer than 64 KiB."))
        let told = try Calibrated(finished.output)
        #expect(told.decisions == 406 && told.refusedLines == 3)
        // Not thousands of complaints.
        let wrong = try calibrate([], of: Array(repeating: "no", count: 3000), in: folder)
        #expect(wrong.status == 65 && wrong.errors.split(separator: "\n").count == 21)
    }

    @Test func `decisions come from standard input, too, and are told as text and as a page`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        let text = try calibrate(["--precision", "0.95"], in: folder).ending().text
        #expect(text.contains("405 human decisions") && text.contains("from 0.8: precision 100.0 %"))
        let piped = try run(
            ServerProgram.path, ["policy", "calibrate", "-", "--precision", "0.95"],
            input: try FileHandle(forReadingFrom: folder.url.appending(path: "decisions.ndjson")))
        #expect(try piped.ending().text == text)
        let page = try calibrate(["--format", "html"], in: folder).ending().text
        #expect(page.contains("<!doctype html>") && page.contains("300 of 400"))
    }

    @Test func `what cannot be is told`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        #expect(try calibrate(["--precision", "0"], in: folder).status == 64)
        #expect(try calibrate(["--format", "svg"], in: folder).status == 64)
        #expect(try calibrate(["-o", "new.yaml"], in: folder).status == 64)
        #expect(try calibrate(["--policy", "{gaps: 1}"], in: folder).status == 64)
        let none = try run(ServerProgram.path, ["policy", "calibrate", folder.url.appending(path: "none").path])
        #expect(none.status == 65 && none.errors.contains("the file of decisions cannot be read"))
    }
}
