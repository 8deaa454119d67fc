import Foundation
import TestSupport
import Testing

/// Real broadcasters and servers, `framesift watch` as built, and what it tells: see `scenarios.py`.
@Suite struct ScenarioTests {
    @Test(
        "live streams are told of as they are",
        arguments: [
            "code_on_air", "broadcaster_returns", "server_returns", "network_freezes", "cancelled_at_once",
            "bad_credentials", "nothing_published", "sound_only", "stream_changes", "timestamps_restart",
            "picture_stands_still", "other_protocols", "evidence_is_kept", "hits_are_confirmed", "receiver_returns",
            "killed_watch", "service_reads", "stopped_while_submitting",
        ])
    func scenario(_ name: String) async throws {
        let finished = try await Self.run("scenarios.py", ServerProgram.path, Fixtures.folder.path, name)
        #expect(finished.status == 0, "\(name): \(finished.errors)")
    }

    @Test func `killed servers lose no job and no callback`() async throws {
        let rounds = ProcessInfo.processInfo.environment["FRAMESIFT_LONG_TESTS"] == nil ? "3" : "40"
        let finished = try await Self.run("kill-jobs.py", ServerProgram.path, Fixtures.folder.path, rounds)
        #expect(finished.status == 0, "\(finished.errors)")
    }

    /// On a thread of its own: the program is waited for.
    private static func run(_ program: String, _ arguments: String...) async throws -> Finished {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(
                    with: Result {
                        try TestSupport.run("python3", [Fixtures.program("Live/" + program)] + arguments)
                    })
            }
        }
    }
}
