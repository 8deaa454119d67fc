import Foundation
import TestSupport
import Testing

/// Real media servers, publishers and programs, and `framesift` as built: see `hooks.py`.
@Suite struct HookTests {
    private static let names = [
        "nginx_publisher_is_dropped", "strangers_cannot_begin", "nginx_is_not_kept_waiting",
        "mediamtx_publisher_is_kicked",
        "watch_tells_what_became_of_it", "failed_action_is_told", "hanging_program_is_ended",
        "confined_server_runs_programs", "helper_ends_with_the_server", "killed_server_acts_later",
    ]

    @Test(arguments: names) func `verdicts act on publishers and programs`(_ name: String) async throws {
        let finished = try await Self.scenarios(ServerProgram.path, Fixtures.folder.path, name)
        #expect(finished.status == 0, "\(finished.errors)")
    }

    @Test func `no scenario is left out`() async throws {
        let written = try await Self.scenarios().text.split(separator: "\n").map(String.init)
        #expect(Set(written).symmetricDifference(Self.names) == [])
    }

    private static func scenarios(_ arguments: String...) async throws -> Finished {
        try await onThread { try Python(program: "Live/hooks.py", arguments).run() }
    }
}
