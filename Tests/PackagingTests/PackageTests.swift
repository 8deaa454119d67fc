import Foundation
import TestSupport
import Testing

/// What `scripts/package` makes, of the program that was built for the tests: see `package.py`.
@Suite(.timeLimit(.minutes(15)), .enabled(if: Needed.namespaces("-mnp"))) struct PackageTests {
    private static let cases = [
        "two runs make the same bytes", "all that it ships has its licence beside it",
        "each command has its page, and shells complete it",
        "a Debian without a compiler, sources or a network takes it",
        "it depends on the packages of all libraries that its files name",
        "once installed it judges a clip, for anybody",
        "its unit leaves the service as little as the one it is made of",
        "the service answers as its user, who can write nothing but its state", "an upgrade keeps the state",
        "removal takes the program away and keeps the state", "a purge leaves nothing",
        "the image is one that other programs read",
        "the image serves without root, a root that can be written or a network, and tells whether it is well",
    ]
    private static let report = Result {
        try CaseReport(
            cases, of: "Packaging/package.py",
            [
                Fixtures.root.path, Fixtures.root.appending(path: ".build/debug").path,
                Fixtures.root.appending(path: ".deps/debian.tar").path, Fixtures.sample("qr.mp4"),
            ])
    }

    @Test(arguments: cases) func `a package is made, installed and run`(name: String) async throws {
        try await onThread { try Self.report.get().expect(name) }
    }
}
