import Foundation
import Moderation
import Reports
import TestSupport
import Testing

/// `framesift policy`: what would have been, beside what is.
@Suite struct PolicyCommandTests {
    private struct Comparison: Decodable {
        struct Row: Decodable {
            struct Outcome: Decodable {
                let decision: Decision
                let nbImagesKo: Int
                let segments: [Segment]
            }
            let asJudged: Decision
            let outcomes: [Outcome]
        }
        let rows: [Row]
    }

    private static let policies = [
        "{decision: any}", "{decision: {at_least: 4}}", "{decision: {at_least: 5}}", "{decision: {ratio: 0.5}}",
        "{decision: {window: {hits: 3, of: 4}}}", "{min_duration: 5}", "{gap: 3}",
        "{categories: {qr: {harmful: false}}}",
        "{confirm: {interval: 0.2}, min_duration: 3.8}",
    ]

    @Test func `a simulation says what a check with that policy says`() throws {
        let folder = try TemporaryFolder()
        defer { folder.remove() }
        func check(_ policy: String?) throws -> ModerationResult {
            let path = folder.url.appending(path: "policy.yaml").path
            try (policy ?? "").write(toFile: path, atomically: true, encoding: .utf8)
            let checked = try run(
                ServerProgram.path,
                ["check", Fixtures.sample("qr.mp4"), "--task", "qr", "--quiet", "--format", "json", "--policy", path])
            return try ModerationResult(json: checked.output)
        }
        // The second look's pictures are in the saved result; how they were taken is no part of what can be simulated.
        let saved = folder.url.appending(path: "saved.json").path
        try check("confirm: {interval: 0.2}").json().write(toFile: saved, atomically: true, encoding: .utf8)
        let simulated = try run(
            ServerProgram.path,
            ["policy", "simulate", saved, "--json"] + Self.policies.flatMap { ["--policy", $0] })
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let row = try #require(try decoder.decode(Comparison.self, from: simulated.output).rows.first)
        #expect(row.asJudged == .ko && row.outcomes.count == Self.policies.count)
        for (policy, outcome) in zip(Self.policies, row.outcomes) {
            let checked = try check(policy)
            #expect(outcome.decision == checked.finalDecision && outcome.nbImagesKo == checked.nbImagesKo, "\(policy)")
            #expect(outcome.segments == checked.segments, "\(policy)")
        }
        #expect(Set(row.outcomes.map(\.decision)) == [.ok, .ko])
    }

    @Test func `what is no result and what is no policy is told`() throws {
        let clip = Fixtures.sample("qr.mp4")
        let noResult = try run(ServerProgram.path, ["policy", "simulate", clip, "--policy", "{gap: 1}"])
        #expect(noResult.status == 65 && noResult.errors.contains("not a result"))
        let noPolicy = try run(ServerProgram.path, ["policy", "simulate", clip, "--policy", "{gaps: 1}"])
        #expect(noPolicy.status != 0 && noPolicy.errors.contains("framesift"))
        #expect(try run(ServerProgram.path, ["policy", "measure", "--recall", "2"]).status == 64)
    }

    /// 1 - 0.94⁶⁰ = 97.56 % of clean videos hold a false hit.
    @Test func `a measurement's first line is what probability theory says, and the same each time`() throws {
        let arguments = [
            "policy", "measure", "--videos", "2000", "--policy", "{decision: any}", "--policy", "{confirm: true}",
        ]
        let table = try run(ServerProgram.path, arguments).text
        let shares = table.matches(of: /\| (\d+\.\d+) % \| (\d+\.\d+) %/).compactMap { Double($0.1) }
        #expect(shares.count == 2 && abs(shares[0] - 97.56) < 1.5, "\(table)")
        #expect(shares[1] <= 2, "\(table)")
        #expect(try run(ServerProgram.path, arguments).text == table)
    }
}
