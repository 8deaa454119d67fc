import Foundation
import TestSupport
import Testing

/// Damaged files by the hundred, side by side with clean ones: see `damage-storm.py`.
@Suite struct DamageStormTests {
    private static let cases = [
        "the server is alive", "each damaged file is answered, and some are judged",
        "clean files get what they get without a storm and without a sandbox",
        "no worker is left over beyond the spare ones", "no descriptor is left over", "the counts of decoders agree",
        "no worker outlives the server",
    ]
    private static let report = Task {
        try await onThread {
            let count = ProcessInfo.processInfo.environment["FRAMESIFT_LONG_TESTS"] == nil ? "150" : "5000"
            return try CaseReport(
                cases, of: "Server/damage-storm.py", [ServerProgram.path, Fixtures.folder.path, count])
        }
    }

    @Test(arguments: cases) func `a storm of damaged files harms nothing else`(_ name: String) async throws {
        try await Self.report.value.expect(name)
    }
}
