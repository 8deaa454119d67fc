import Foundation
import TestSupport
import Testing

/// A database in trouble while a server and a worker run: see `outage.py`.
@Suite(.serialized, .timeLimit(.minutes(10))) struct OutageTests {
    private static let cases = [
        "away: nothing is accepted, and what was judged meanwhile is stored when it is back",
        "slow: what is accepted is stored, if late",
        "takes no changes: nothing is accepted, and what was judged meanwhile is stored later",
        "full: who is answered with an id is stored, and the others are told that it failed",
        "silent: nothing is accepted, and a worker that begins ends with a sentence",
    ]
    private static let report = Task {
        try await onThread {
            try CaseReport(
                cases, of: "Fleet/outage.py",
                [ServerProgram.path, Fixtures.folder.appending(path: "live/show.mp4").path])
        }
    }

    @Test(arguments: cases) func `nothing is told to be done that is not stored`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
