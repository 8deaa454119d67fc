import Foundation
import TestSupport
import Testing

/// Real broadcasters and servers, `framesift watch` as built, and what it tells: see `scenarios.py`.
@Suite struct ScenarioTests {
    private static let names = [
        "code_on_air", "broadcaster_returns", "server_returns", "network_freezes", "cancelled_at_once",
        "bad_credentials", "nothing_published", "sound_only", "stream_changes", "timestamps_restart",
        "picture_stands_still", "other_protocols", "evidence_is_kept", "hits_are_confirmed", "receiver_returns",
        "killed_watch", "service_reads", "stopped_while_submitting",
    ]

    @Test(arguments: names) func `live streams are told of as they are`(_ name: String) async throws {
        let finished = try await Self.scenarios(ServerProgram.path, Fixtures.folder.path, name)
        #expect(finished.status == 0, "\(finished.errors)")
    }

    @Test func `no scenario is left out`() async throws {
        let written = try await Self.scenarios().text.split(separator: "\n").map(String.init)
        #expect(Set(written).symmetricDifference(Self.names) == [])
    }

    private static func scenarios(_ arguments: String...) async throws -> Finished {
        try await onThread { try Python(program: "Live/scenarios.py", arguments).run() }
    }
}

/// Servers that are killed while they judge submitted videos.
@Suite struct KilledServerTests {
    private static let cases = [
        "each job comes to its end", "each frame of a job is told of once", "the last callback of each job comes",
        "no callback comes again, but for one a kill",
    ]
    private static let report = Task {
        try await onThread {
            let rounds = ProcessInfo.processInfo.environment["FRAMESIFT_LONG_TESTS"] == nil ? "3" : "40"
            return try CaseReport(
                cases, of: "Live/kill-jobs.py", [ServerProgram.path, Fixtures.folder.path, rounds])
        }
    }

    @Test(arguments: cases) func `killed servers lose no job and no callback`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
