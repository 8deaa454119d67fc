import TestSupport
import Testing

/// `framesift jobs` beside running programs: see `jobs.py`.
@Suite(.timeLimit(.minutes(3))) struct JobsCommandTests {
    private static let cases = [
        "jobs are listed with who has them, and without what may be secret",
        "jobs are filtered, and printed as JSON", "a stream is stopped, whoever has it",
        "only what failed is tried again", "an upload that failed is gone, and is not tried again",
        "a job that nobody knows is refused", "the processes of a fleet are listed",
    ]

    @Test(arguments: ["sqlite", "postgresql"]) func `an operator sees jobs and steers them`(store: String) async throws
    {
        let report = try await onThread {
            try CaseReport(Self.cases, of: "Fleet/jobs.py", [ServerProgram.path, store])
        }
        for name in Self.cases { try report.expect(name) }
    }
}
