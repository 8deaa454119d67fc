import Foundation
import TestSupport
import Testing

/// The manifests for Kubernetes and the compose file: see `manifests.py`.
@Suite(.timeLimit(.minutes(3))) struct ManifestTests {
    private static let cases = [
        "the manifests are what Kubernetes and KEDA take", "a manifest with a field that does not exist is refused",
        "every manifest is applied", "the compose file is what its specification wants",
        "their commands are ones that framesift takes", "what is told to stop is given longer than it takes",
        "no process is started again because its database is away",
        "pods run as nobody in particular, and secrets stand in no manifest",
        "the numbers that workers are scaled by are what the tables say",
    ]
    private static let report = Result {
        try CaseReport(
            cases, of: "Deploy/manifests.py",
            [
                ServerProgram.path, Fixtures.sample("deploy"),
                Fixtures.root.appending(path: ".deps/compose/compose/config/compose_spec.json").path,
            ], in: "deploy")
    }

    @Test(arguments: cases) func `a fleet is deployed by what is written`(name: String) async throws {
        try await onThread { try Self.report.get().expect(name) }
    }
}
