import Foundation
import TestSupport
import Testing

/// Decoders end with their program, and hold none of its secrets: see `decoders-end.py`.
@Suite struct DecoderEndTests {
    private static let cases = [
        "a killed run takes its decoders along", "an interrupted run reports what it has, and its decoders end",
        "a server that is stopped ends its decoders", "a server that loses its decoders says so and goes on",
        "a server's keys are in none of its decoders", "a password in an address is in none of a run's decoders",
    ]
    private static let report = Task {
        try await onThread {
            try CaseReport(
                cases, of: "CommandLine/decoders-end.py", [ServerProgram.path, Fixtures.folder.path])
        }
    }

    @Test(arguments: cases) func `decoders are no more than they have to be`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
