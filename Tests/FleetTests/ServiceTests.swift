import TestSupport
import Testing

/// Workers that have a service judge: see `service.py`.
@Suite(.timeLimit(.minutes(5))) struct ServiceTests {
    private static let cases = [
        "two workers that judge the same clip at once pay for each picture once",
        "a worker that is killed pays again for a group and its calls at most, and the result is whole",
        "a worker makes as many calls at once as it may, and no more",
    ]
    private static let report = Task {
        try await onThread {
            try CaseReport(cases, of: "Fleet/service.py", [ServerProgram.path, Fixtures.sample("qr.mp4")])
        }
    }

    @Test(arguments: cases) func `workers pay a service once`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
